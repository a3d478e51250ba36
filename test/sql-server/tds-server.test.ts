import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBak } from '../support/tds/bak-file.ts'
import { askWithFreeTds, missingFreeTds } from '../support/tds/freetds.ts'
import { type FakeSqlServer, startSqlServer } from '../support/tds/sql-server.ts'

/** The server that all other tests talk to is asked by a client that shares no line with ours. */
describe.each([true, false])('the test server, as FreeTDS sees it (encrypted: %s)', (encrypts) => {
  const missing = missingFreeTds()
  let folder: string
  let server: FakeSqlServer

  beforeEach(async ({ skip }) => {
    if (missing !== null) return skip(missing)
    folder = mkdtempSync(join(tmpdir(), 'backup-tds-'))
    server = await startSqlServer({ folder, encrypts })
    server.databases.add('app', { content: 'three rows '.repeat(2_000) })
  })
  afterEach(async () => {
    if (missing !== null) return
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const ask = (sql: string, password = server.behaviour.password) =>
    askWithFreeTds(sql, { port: server.tds.port, user: server.behaviour.user, password, encrypts })

  it('lets in who knows the password, and nobody else', async () => {
    expect((await ask('SELECT @@SPID AS spid')).printed).toMatch(/spid\s+51\s+\(1 row affected\)/)
    const refused = await ask('SELECT @@SPID AS spid', 'wrong')
    expect(refused.printed).toContain("Login failed for user 'backup'.")
    expect(refused.printed).toContain('18456')
    expect(server.tds.logins.map(({ encrypted }) => encrypted)).toEqual([encrypts, encrypts])
  })

  it('sends texts, numbers, truth values, dates and nulls as rows', async () => {
    await ask(backup)
    const { printed } = await ask(`RESTORE HEADERONLY FROM DISK = N'D:\\Backups\\a.bak'`)
    const [names, values] = printed
      .split('\n')
      .filter((line) => line.includes('\t'))
      .map((line) => line.replace(/^(?:\d+> )*/, '').split('\t'))
    const row = Object.fromEntries(names!.map((name, index) => [name, values![index]]))
    expect(row).toMatchObject({
      BackupName: 'NULL',
      BackupType: '1',
      DatabaseName: 'app',
      BackupSize: '24576',
      HasBackupChecksums: '1',
      IsDamaged: '0',
      CompressedBackupSize: '24576',
    })
    expect(row.BackupFinishDate).toMatch(/Nov 20 2026.*1:30/)
  })

  it('says how far a backup is, and writes one that can be checked', async () => {
    const { printed } = await ask(backup)
    expect(printed).toMatch(/25 percent processed\.[\s\S]*100 percent processed\./)
    expect(printed).toContain('BACKUP DATABASE successfully processed')
    const bak = readBak(readFileSync(join(folder, 'a.bak')))
    expect(bak).toMatchObject({ sound: true, content: server.databases.find('app')!.content })
  })

  it('says the cause before the end of a statement', async () => {
    server.behaviour.deviceError = 5
    const { printed } = await ask(backup)
    expect(printed).toMatch(
      /Msg 3201 [\s\S]*Operating system error 5\(Access is denied\.\)[\s\S]*Msg 3013 [\s\S]*terminating abnormally/,
    )
    expect(existsSync(join(folder, 'a.bak'))).toBe(false)
  })

  it('refuses what is no T-SQL, and options that the statement does not have', async () => {
    expect((await ask('BACKUP app SOMEWHERE')).printed).toContain('Incorrect syntax near')
    const wrong = await ask(backup.replace('STATS', 'STATISTICS'))
    expect(wrong.printed).toContain("'STATISTICS' is not a recognized BACKUP option.")
  })
})

const backup =
  "BACKUP DATABASE [app] TO DISK = N'D:\\Backups\\a.bak' WITH COPY_ONLY, FORMAT, CHECKSUM, STATS = 1"
