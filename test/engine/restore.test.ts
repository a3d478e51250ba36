import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bring, change, leftBeside, tenantWithPast, texts } from '../support/restores.ts'
import { openLive, sharedEngine } from '../support/tenant.ts'

const engine = sharedEngine()
const mode = (path: string) => (readFileSync(path)[18] === 2 ? 'WAL' : 'DELETE')

describe('a restore', () => {
  it.each(['WAL', 'DELETE'] as const)(
    'brings every row back and keeps the state before, in %s mode',
    async (journal) => {
      const { vault, path, name, then, now } = await tenantWithPast(engine, journal)
      const result = await bring(engine, vault, { listed: name })
      expect(result).toMatchObject({
        restored: name,
        verdict: 'proven',
        target: path,
        salvagedTo: null,
        warnings: [],
      })
      expect(mode(path)).toBe(journal)
      expect(texts(path)).toEqual(then)
      expect(leftBeside(path)).toEqual([])
      expect(result.saved).toMatchObject({
        trigger: 'before-restore',
        note: name,
        proven: { outcome: 'passed' },
      })
      expect(texts(join(vault.folder, result.saved!.name))).toEqual(now)
    },
  )

  it('is taken back by restoring what it has saved', async () => {
    const { vault, path, name, now } = await tenantWithPast(engine)
    const { saved } = await bring(engine, vault, { listed: name })
    await bring(engine, vault, { listed: saved!.name })
    expect(texts(path)).toEqual(now)
  })

  it('keeps owner, group and mode of the old database', async () => {
    const { vault, path, name } = await tenantWithPast(engine)
    chmodSync(path, 0o664)
    if (process.getuid?.() === 0) chownSync(path, 1234, 2345)
    const { uid, gid, mode: bits } = statSync(path)
    await bring(engine, vault, { listed: name })
    expect(statSync(path)).toMatchObject({ uid, gid, mode: bits })
  })

  it('writes one run and one audit entry', async () => {
    const { vault, name } = await tenantWithPast(engine)
    const { saved } = await bring(engine, vault, { listed: name })
    const { runs } = await engine.inspect(vault)
    expect(runs[0]).toMatchObject({ kind: 'restore', status: 'completed', backups: [name, saved!.name] })
    const entries = (await engine.outbox(vault)).filter(({ action }) => action === 'backup.restore')
    expect(entries).toMatchObject([{ id: runs[0]!.id, outcome: 'success' }])
  })

  it('makes a database that is missing', async () => {
    const { vault, path, name, then } = await tenantWithPast(engine)
    rmSync(path)
    expect(await bring(engine, vault, { listed: name })).toMatchObject({ saved: null, salvagedTo: null })
    expect(texts(path)).toEqual(then)
  })

  it('refuses a database that is open, and names the process', async () => {
    for (const pragma of ['journal_mode = WAL', 'journal_mode = DELETE']) {
      const { vault, path, name, now } = await tenantWithPast(engine)
      const live = openLive(path, [pragma])
      await expect(bring(engine, vault, { listed: name })).rejects.toMatchObject({
        code: 'database-in-use',
        message: expect.stringContaining(`${process.pid} (`),
      })
      live.close()
      expect(texts(path)).toEqual(now)
      expect(leftBeside(path)).toEqual([])
    }
  })

  it.each([
    ['no database at all', (path: string) => writeFileSync(path, 'not a database '.repeat(1000))],
    ['empty', (path: string) => writeFileSync(path, '')],
    [
      'torn in its first page',
      (path: string) => {
        const bytes = readFileSync(path)
        bytes.fill(0xff, 100, 1000)
        writeFileSync(path, bytes)
      },
    ],
  ])('moves a database aside whole that is %s', async (_, spoil) => {
    const { vault, path, name, then } = await tenantWithPast(engine)
    spoil(path)
    writeFileSync(`${path}-wal`, 'the log')
    const bytes = readFileSync(path)
    const { salvagedTo, saved } = await bring(engine, vault, { listed: name })
    expect(saved).toBeNull()
    expect(readFileSync(join(salvagedTo!, 'main.sqlite'))).toEqual(bytes)
    expect(readFileSync(join(salvagedTo!, 'main.sqlite-wal'), 'utf8')).toBe('the log')
    expect(existsSync(`${path}-wal`)).toBe(false)
    expect(texts(path)).toEqual(then)
  })

  it('checks a file that came from elsewhere', async () => {
    const { vault, path, name, then } = await tenantWithPast(engine)
    const file = join(vault.root, 'from-elsewhere.db')
    copyFileSync(join(vault.folder, name), file)
    expect(await bring(engine, vault, { file })).toMatchObject({ verdict: 'checked' })
    expect(texts(path)).toEqual(then)
    expect(readdirSync(vault.root).sort()).toEqual(['backups', 'from-elsewhere.db', 'main.sqlite'])
  })

  it('refuses a backup of a newer application, unless told otherwise', async () => {
    const { vault, path, name, now, then } = await tenantWithPast(engine)
    const older = { appVersion: '0.9.9' }
    await expect(bring(engine, vault, { listed: name }, older)).rejects.toMatchObject({
      code: 'newer-application',
      message: expect.stringMatching(/1\.0\.0.*0\.9\.9/),
    })
    expect(texts(path)).toEqual(now)
    const { version } = await bring(engine, vault, { listed: name }, { ...older, acceptNewer: true })
    expect(version).toMatchObject({ relation: 'newer', backup: '1.0.0', running: '0.9.9' })
    expect(texts(path)).toEqual(then)
  })

  it('refuses a damaged backup and touches nothing', async () => {
    const { vault, path, name, now } = await tenantWithPast(engine)
    const file = join(vault.folder, name)
    change(file, (database) => database.exec('DELETE FROM rows'))
    await expect(bring(engine, vault, { listed: name })).rejects.toMatchObject({ code: 'proof-failed' })
    expect(texts(path)).toEqual(now)
    expect((await engine.inspect(vault)).backups.map(({ backup }) => backup.name)).toEqual([name])
  })
})
