import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import {
  back,
  createRequest,
  fill,
  openLive,
  quietly,
  sharedEngine,
  tenant,
  tenantWithRows,
} from '../support/tenant.ts'

const sidecarOf = (vault: Vault, name: string) =>
  JSON.parse(readFileSync(join(vault.folder, `${name}.json`), 'utf8'))

function openCopy(vault: Vault, name: string): Database.Database {
  return new Database(readFileSync(join(vault.folder, name)))
}

const engine = sharedEngine()

describe('making a backup', () => {
  it('publishes one plain file that holds exactly what was committed', async () => {
    const { vault, live } = await tenantWithRows(50)
    const { backups, warnings } = await back(engine, vault, { trigger: 'manual', note: 'before the import' })
    expect(warnings).toEqual([])
    const [backup] = backups
    expect(backup).toMatchObject({
      database: 'main',
      trigger: 'manual',
      createdBy: 'admin',
      note: 'before the import',
    })
    expect(backup?.proven?.outcome).toBe('passed')
    expect(backup?.name).toMatch(/^main_\d{8}_\d{6}Z\.sqlite$/)
    const bytes = readFileSync(join(vault.folder, backup!.name))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(backup?.sha256)
    // Bytes 18 and 19 of the header say 1 for a rollback journal and 2 for a write-ahead log.
    expect([bytes[18], bytes[19]]).toEqual([1, 1])
    const rows = 'SELECT * FROM rows ORDER BY id'
    const copy = openCopy(vault, backup!.name)
    expect(copy.prepare(rows).all()).toEqual(live.prepare(rows).all())
    copy.close()
  })

  it('writes beside it what it was taken from and what a restore needs', async () => {
    const { vault, live } = await tenantWithRows(30)
    live.pragma('user_version = 7')
    const { backups } = await back(engine, vault)
    const sidecar = sidecarOf(vault, backups[0]!.name)
    expect(sidecar).toMatchObject({
      formatVersion: 1,
      sequence: 1,
      rowCounts: { rows: 30 },
      foreignKeyViolations: 0,
      snapshot: {
        binding: {
          pageCount: live.pragma('page_count', { simple: true }),
          pageSize: 4096,
          schemaVersion: live.pragma('schema_version', { simple: true }),
        },
        original: { path: 'main.sqlite', journalMode: 'wal', userVersion: 7, mode: 0o644 },
      },
    })
    const [state] = live.pragma('wal_checkpoint(NOOP)') as { log: number }[]
    const wal = readFileSync(`${vault.databases[0]!.path}-wal`)
    const frame = 32 + (state!.log - 1) * (24 + 4096)
    expect(sidecar.snapshot.binding.wal).toEqual({
      salt1: wal.readUInt32BE(16),
      salt2: wal.readUInt32BE(20),
      frame: state!.log,
      checksum: wal.subarray(frame + 16, frame + 24).toString('hex'),
    })
  })

  it('leaves nothing but backups, sidecars and its own files', async () => {
    const { vault } = await tenantWithRows()
    const { backups } = await back(engine, vault)
    const name = backups[0]!.name
    expect(readdirSync(join(vault.folder, '.partial'))).toEqual([])
    expect(
      readdirSync(vault.folder)
        .filter((one) => !one.startsWith('.'))
        .sort(),
    ).toEqual([name, `${name}.json`])
    expect(statSync(join(vault.folder, name)).mode & 0o777).toBe(0o644)
  })

  it('counts a second backup of the same second with -2 and -3', async () => {
    const { vault } = await tenantWithRows()
    const startedAt = '2026-03-01T10:00:00.000Z'
    const names: string[] = []
    for (let count = 0; count < 3; count++)
      names.push((await back(engine, vault, { startedAt })).backups[0]!.name)
    expect(names).toEqual([
      'main_20260301_100000Z.sqlite',
      'main_20260301_100000Z-2.sqlite',
      'main_20260301_100000Z-3.sqlite',
    ])
    const { backups } = await engine.inspect(vault)
    expect(backups.map(({ sequence }) => sequence)).toEqual([3, 2, 1])
  })

  it('never gives a sequence number twice, also when the newest backup was deleted', async () => {
    const { vault } = await tenantWithRows()
    await back(engine, vault)
    const { backups } = await back(engine, vault)
    await engine.remove(vault, backups[0]!.name, { id: 'delete', now: new Date().toISOString(), actor: null })
    await back(engine, vault)
    expect((await engine.inspect(vault)).backups.map(({ sequence }) => sequence)).toEqual([3, 1])
  })

  it('makes one backup for each database of the tenant', async () => {
    const vault = await tenant('main', 'audit')
    for (const { path } of vault.databases) fill(openLive(path), 5)
    const { backups } = await back(engine, vault)
    expect(backups.map(({ database }) => database)).toEqual(['main', 'audit'])
  })

  it.each(['Kunden & Co', 'it’s "quoted"', 'Übersicht', '../escape', '.hidden', 'x'.repeat(300)])(
    'gives the database %j a safe file name and keeps its true name',
    async (name) => {
      const base = await tenant()
      const vault = { ...base, databases: [{ name, path: base.databases[0]!.path }] }
      fill(openLive(vault.databases[0]!.path), 3)
      await back(engine, vault)
      const [listed] = (await engine.inspect(vault)).backups
      expect(listed?.backup.database).toBe(name)
      expect(listed?.backup.name).toMatch(/^[^./][^/]*_\d{8}_\d{6}Z\.sqlite$/)
      expect(Buffer.byteLength(listed!.backup.name)).toBeLessThan(200)
    },
  )

  it.each([
    ['in rollback-journal mode', ['journal_mode = DELETE'], 'delete'],
    ['in persistent-journal mode', ['journal_mode = PERSIST'], 'delete'],
    ['with pages of 512 bytes', ['page_size = 512', 'journal_mode = WAL'], 'wal'],
    ['with pages of 65536 bytes', ['page_size = 65536', 'journal_mode = WAL'], 'wal'],
    [
      'in UTF-16 with incremental vacuum',
      ["encoding = 'UTF-16'", 'auto_vacuum = 2', 'journal_mode = WAL'],
      'wal',
    ],
  ])('backs up a database %s', async (_, pragmas, journalMode) => {
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path, pragmas)
    fill(live, 40)
    const { backups } = await back(engine, vault)
    expect(sidecarOf(vault, backups[0]!.name)).toMatchObject({
      snapshot: { original: { journalMode } },
      rowCounts: { rows: 40 },
    })
    const copy = openCopy(vault, backups[0]!.name)
    expect(copy.prepare('SELECT count(*) FROM rows').pluck().get()).toBe(40)
    expect(copy.pragma('page_size', { simple: true })).toBe(live.pragma('page_size', { simple: true }))
    copy.close()
  })

  it('backs up full-text search, tables without rowid, generated columns and odd names', async () => {
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path)
    live.exec(`
      CREATE VIRTUAL TABLE search USING fts5(body);
      INSERT INTO search VALUES ('alpha beta'), ('gamma');
      CREATE TABLE "tab ""le" (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
      INSERT INTO "tab ""le" VALUES ('a', 1), ('b', 2), ('c', 3);
      CREATE TABLE made (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED);
      INSERT INTO made (a) VALUES (1);
      CREATE VIEW broken AS SELECT * FROM nowhere;`)
    const { backups } = await back(engine, vault)
    expect(sidecarOf(vault, backups[0]!.name).rowCounts).toEqual({ search: 2, 'tab "le': 3, made: 1 })
    const copy = openCopy(vault, backups[0]!.name)
    expect(copy.prepare("SELECT body FROM search WHERE search MATCH 'beta'").pluck().get()).toBe('alpha beta')
    copy.close()
  })

  it('reports foreign keys without a parent and keeps the backup all the same', async () => {
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path, ['journal_mode = WAL', 'foreign_keys = OFF'])
    live.exec(
      'CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p(id)); INSERT INTO c VALUES (1), (2)',
    )
    const { backups } = await back(engine, vault)
    expect(sidecarOf(vault, backups[0]!.name).foreignKeyViolations).toBe(2)
    expect(backups[0]?.proven?.outcome).toBe('passed')
  })

  it('leaves no files beside a database that nobody has open', async () => {
    const { vault, live } = await tenantWithRows()
    live.close()
    await back(engine, vault)
    expect(readdirSync(vault.root).sort()).toEqual(['backups', 'main.sqlite'])
  })

  it('tells stages in order and only progress that was made', async () => {
    const { vault } = await tenantWithRows(3_000)
    const seen: { stage: string; progress: { done: number; total: number } | null }[] = []
    await engine.create(createRequest(vault), quietly({ onProgress: (one) => void seen.push(one) }))
    const stages = seen.map(({ stage }) => stage).filter((stage, index, all) => stage !== all[index - 1])
    expect(stages).toEqual(['waiting', 'checking', 'snapshot', 'proof', 'publish', 'retention'])
    for (const { progress } of seen) if (progress) expect(progress.done).toBeLessThanOrEqual(progress.total)
    const last = seen.filter(({ stage }) => stage === 'proof').at(-1)?.progress
    expect(last?.done).toBe(last?.total)
  })

  it('takes its times from the start that the caller named', async () => {
    const { vault } = await tenantWithRows()
    const { backups } = await back(engine, vault, { startedAt: '2020-02-29T12:00:00.000Z' })
    const [run] = (await engine.inspect(vault)).runs
    for (const moment of [backups[0]?.createdAt, backups[0]?.proven?.at, run?.endedAt]) {
      expect(moment).toMatch(/^2020-02-29T12:00:/)
    }
  })
})
