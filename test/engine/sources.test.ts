import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import type { ErrorCode } from '../../src/engine/errors.ts'
import { expectInvariants, remember } from '../support/invariants.ts'
import { hasOpen, until, workersOf } from '../support/processes.ts'
import {
  back,
  createRequest,
  fill,
  openLive,
  sharedEngine,
  tenant,
  tenantWithRows,
} from '../support/tenant.ts'

const engine = sharedEngine()
const patient = sharedEngine({ sourceTimeoutMs: 20_000 })
const mainOf = (vault: Vault) => vault.databases[0]!.path

async function expectFailure(vault: Vault, code: ErrorCode, message: RegExp): Promise<void> {
  await expect(back(engine, vault)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/\w/),
  })
  const [run] = (await engine.inspect(vault)).runs
  expect(run).toMatchObject({ status: 'failed', error: { code }, backups: [] })
}

describe('a database that can not be backed up', () => {
  it('is named as missing, with its path', async () => {
    const { vault, live } = await tenantWithRows()
    await back(engine, vault)
    live.close()
    renameSync(mainOf(vault), `${mainOf(vault)}.away`)
    const before = await remember(engine, vault)
    await expectFailure(vault, 'source-missing', /"main" was not found at .*main\.sqlite/)
    await expectInvariants(engine, vault, before, { nextRunSucceeds: false })
    expect(readdirSync(vault.root).sort()).toEqual(['backups', 'main.sqlite.away'])
  })

  it('is named as empty', async () => {
    const vault = await tenant()
    writeFileSync(mainOf(vault), '')
    await expectFailure(vault, 'source-empty', /0 bytes/)
  })

  it.each([
    ['text', 'This is not a database, whatever its name says. '.repeat(50)],
    ['a few bytes', 'SQL'],
  ])(
    'is named as no database when it holds %s, with the hint that it may be encrypted',
    async (_, content) => {
      const vault = await tenant()
      writeFileSync(mainOf(vault), content)
      await expectFailure(vault, 'source-not-a-database', /not an SQLite database/)
      const [run] = (await engine.inspect(vault)).runs
      expect(run?.error?.hint).toMatch(/encrypted/)
    },
  )

  it('is refused when it is a link, and not when another program has given it a second name', async () => {
    const { vault } = await tenantWithRows()
    const path = join(vault.root, 'link.sqlite')
    symlinkSync(mainOf(vault), path)
    await expectFailure({ ...vault, databases: [{ name: 'link', path }] }, 'source-unsafe', /symbolic link/)
    linkSync(mainOf(vault), join(vault.root, 'second.sqlite'))
    expect((await back(engine, vault)).backups).toHaveLength(1)
  })

  it('is refused when it is a folder', async () => {
    const vault = await tenant()
    mkdirSync(mainOf(vault))
    await expectFailure(vault, 'source-unsafe', /not a file/)
  })

  it.each([
    ['a program holds it in exclusive locking mode', ['journal_mode = WAL', 'locking_mode = EXCLUSIVE']],
    ['a program holds it in exclusive locking mode without a log', ['locking_mode = EXCLUSIVE']],
  ])('is named as locked while %s', async (_, pragmas) => {
    const vault = await tenant()
    const live = openLive(mainOf(vault), pragmas)
    fill(live, 5)
    const before = Date.now()
    await expectFailure(vault, 'source-locked', /stayed locked/)
    expect(Date.now() - before).toBeLessThan(5_000)
    live.close()
    expect((await back(engine, vault)).backups).toHaveLength(1)
  })

  it('is named as locked while an exclusive transaction never ends', async () => {
    const vault = await tenant()
    const live = openLive(mainOf(vault), ['journal_mode = DELETE'])
    fill(live, 5)
    live.exec('BEGIN EXCLUSIVE')
    await expectFailure(vault, 'source-locked', /stayed locked/)
    live.exec('ROLLBACK')
  })

  it('is named as damaged, and nothing good is removed', async () => {
    const { vault, live } = await tenantWithRows(200)
    for (let count = 0; count < 3; count++) await back(engine, vault)
    live.pragma('wal_checkpoint(TRUNCATE)')
    live.close()
    const before = await remember(engine, vault)
    const file = openSync(mainOf(vault), 'r+')
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 20 * 4096)
    closeSync(file)
    await expect(
      back(engine, vault, { retention: { ...createRequest(vault).retention, maxCount: 1 } }),
    ).rejects.toMatchObject({
      code: 'source-damaged',
      message: expect.stringMatching(/live database "main" is damaged: .*page/i),
    })
    const { backups } = await engine.inspect(vault)
    expect(backups).toEqual(before.inspection.backups)
  })

  it('does not keep the others from being backed up, but fails the run', async () => {
    const vault = await tenant('gone', 'good')
    fill(openLive(vault.databases[1]!.path), 5)
    await expect(back(engine, vault)).rejects.toMatchObject({ code: 'source-missing' })
    const { backups, runs } = await engine.inspect(vault)
    expect(backups.map(({ backup }) => backup.database)).toEqual(['good'])
    expect(runs[0]).toMatchObject({ status: 'failed', backups: [backups[0]!.backup.name] })
  })

  it('fails the run when it is replaced while it is copied', async () => {
    const vault = await tenant()
    const live = openLive(mainOf(vault), ['journal_mode = DELETE'])
    fill(live, 20)
    // The lock keeps the copy from beginning until the file under the name is another one.
    live.exec('BEGIN EXCLUSIVE')
    const run = back(patient, vault)
    await until(() => workersOf().some((pid) => hasOpen(pid, mainOf(vault))))
    renameSync(mainOf(vault), `${mainOf(vault)}.old`)
    const fresh = new Database(mainOf(vault))
    fill(fresh, 1)
    fresh.close()
    live.exec('ROLLBACK')
    await expect(run).rejects.toMatchObject({ code: 'source-changed' })
    expect((await engine.inspect(vault)).backups).toEqual([])
  })
})

describe('a database whose application was killed', () => {
  it('is backed up with its last commits, and its log stays untouched', async () => {
    const { vault, live } = await tenantWithRows(10)
    const copy = join(vault.root, 'killed.sqlite')
    // What a killed application leaves: the main file and a log that nobody has checkpointed.
    copyFileSync(mainOf(vault), copy)
    copyFileSync(`${mainOf(vault)}-wal`, `${copy}-wal`)
    live.close()
    const wal = readFileSync(`${copy}-wal`)
    const killed = { ...vault, databases: [{ name: 'killed', path: copy }] }
    const { backups } = await back(engine, killed)
    const opened = new Database(readFileSync(join(vault.folder, backups[0]!.name)))
    expect(opened.prepare('SELECT count(*) FROM rows').pluck().get()).toBe(10)
    opened.close()
    expect(readFileSync(`${copy}-wal`)).toEqual(wal)
  })

  it('is rolled back first when its last transaction was torn, and the run says so', async () => {
    const vault = await tenant()
    const live = new Database(mainOf(vault))
    live.pragma('cache_size = 5')
    fill(live, 400)
    // With a tiny cache the open transaction has already written pages and a journal.
    live.exec("BEGIN; UPDATE rows SET text = 'torn'")
    const copy = join(vault.root, 'torn.sqlite')
    copyFileSync(mainOf(vault), copy)
    copyFileSync(`${mainOf(vault)}-journal`, `${copy}-journal`)
    live.exec('ROLLBACK')
    live.close()
    const torn = { ...vault, databases: [{ name: 'torn', path: copy }] }
    const { backups, warnings } = await back(engine, torn)
    expect(warnings).toEqual([
      expect.objectContaining({ code: 'rolled-back', details: { database: 'torn' } }),
    ])
    const opened = new Database(readFileSync(join(vault.folder, backups[0]!.name)))
    expect(opened.prepare("SELECT count(*) FROM rows WHERE text = 'torn'").pluck().get()).toBe(0)
    expect(opened.prepare('SELECT count(*) FROM rows').pluck().get()).toBe(400)
    opened.close()
  })
})
