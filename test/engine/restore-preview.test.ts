import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { change, tenantWithPast } from '../support/restores.ts'
import { back, openLive, quietly, sharedEngine, tenant } from '../support/tenant.ts'

const engine = sharedEngine()

const look = (vault: Vault, listed: string, appVersion: string | null = '1.0.0') =>
  engine.previewRestore(
    { vault, from: { listed }, database: vault.databases[0]!, appVersion, now: '2026-11-20T12:00:00.000Z' },
    quietly(),
  )

describe('the preview of a restore', () => {
  it('counts the rows of every table now and in the backup, with the newest record of each', async () => {
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path)
    live.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, due_date TEXT, created_at TEXT)')
    const insert = live.prepare('INSERT INTO orders (due_date, created_at) VALUES (?, ?)')
    insert.run('2031-01-01', '2026-11-18 10:00:00')
    const { backups } = await back(engine, vault)
    insert.run('2031-01-01', '2026-11-19 11:30:00')
    live.exec('CREATE TABLE fresh (id INTEGER PRIMARY KEY)')
    const { tables, present } = await look(vault, backups[0]!.name)
    expect(present).toMatchObject({ state: 'readable' })
    expect(tables).toEqual([
      { table: 'fresh', now: { rows: 0, newest: null }, inBackup: null },
      {
        table: 'orders',
        now: { rows: 2, newest: { column: 'created_at', at: '2026-11-19T11:30:00.000Z' } },
        inBackup: { rows: 1, newest: { column: 'created_at', at: '2026-11-18T10:00:00.000Z' } },
      },
    ])
  })

  it('names the versions, who has the database open, and the room that it takes', async () => {
    const { vault, path, name } = await tenantWithPast(engine)
    change(path, (database) => database.pragma('user_version = 7'))
    const live = openLive(path)
    live.exec('CREATE TABLE more (id)')
    const { version, inUse, space, backup } = await look(vault, name, '1.2.0')
    expect(version).toEqual({
      relation: 'older',
      backup: '1.0.0',
      running: '1.2.0',
      schema: { relation: 'different', backupUserVersion: 0, presentUserVersion: 7 },
    })
    expect(inUse.processes).toContainEqual({ pid: process.pid, command: expect.any(String) })
    expect(space.neededBytes).toBeGreaterThan(statSync(path).size)
    expect(backup).toMatchObject({ name, proven: { outcome: 'passed' } })
  })

  it('changes nothing, neither the database nor the folders', async () => {
    const { vault, path, name } = await tenantWithPast(engine)
    const live = new Database(path)
    const before = [readdirSync(vault.root), readdirSync(vault.folder), statSync(path).mtimeMs]
    await look(vault, name)
    expect([readdirSync(vault.root), readdirSync(vault.folder), statSync(path).mtimeMs]).toEqual(before)
    live.close()
  })

  it.each([
    ['missing', (path: string) => rmSync(path), { state: 'missing' }],
    [
      'damaged',
      (path: string) => writeFileSync(path, 'x'.repeat(9_000)),
      { state: 'damaged', sizeBytes: 9_000 },
    ],
  ])('says that the database is %s', async (_, spoil, present) => {
    const { vault, path, name } = await tenantWithPast(engine)
    spoil(path)
    const preview = await look(vault, name)
    expect(preview.present).toMatchObject(present)
    expect(preview.tables).toEqual([{ table: 'rows', now: null, inBackup: { rows: 20, newest: null } }])
  })

  it('looks at no view of a backup that was made to do harm, not even for its columns', async () => {
    const { vault } = await tenantWithPast(engine)
    const name = 'elsewhere.sqlite'
    change(join(vault.folder, name), (database) => {
      database.exec('CREATE TABLE good (a); CREATE VIEW v0 AS SELECT a FROM good')
      const thrice = (of: string) =>
        Array.from({ length: 3 }, () => `SELECT a FROM ${of}`).join(' UNION ALL ')
      for (let depth = 1; depth < 10; depth++)
        database.exec(`CREATE VIEW v${depth} AS ${thrice(`v${depth - 1}`)}`)
      // To prepare one takes a quarter of a second.
      for (let count = 0; count < 200; count++) database.exec(`CREATE VIEW w${count} AS SELECT a FROM v9`)
    })
    const { tables } = await look(vault, name)
    expect(tables.map(({ table }) => table)).toEqual(['good', 'rows'])
  }, 10_000)

  it('never asks a view or a virtual table', async () => {
    const vault = await tenant()
    change(vault.databases[0]!.path, (database) => {
      database.exec(
        'CREATE TABLE plain (id); CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n',
      )
      database.exec('CREATE VIRTUAL TABLE words USING fts5(text)')
    })
    const { backups } = await back(engine, vault)
    const names = (await look(vault, backups[0]!.name)).tables.map(({ table }) => table)
    expect(names).toContain('plain')
    expect(names).not.toContain('endless')
    expect(names).not.toContain('words')
  })
})
