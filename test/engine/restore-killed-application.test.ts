import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { contentOf } from '../support/invariants.ts'
import { bring, change, leftBeside } from '../support/restores.ts'
import { back, sharedEngine, tenant } from '../support/tenant.ts'

const engine = sharedEngine()
const writer = fileURLToPath(new URL('../support/write-and-die.ts', import.meta.url))

/** An application that commits, and is killed with its last commits in its log. */
function writeAndDie(path: string, rows: number, ...modes: string[]): void {
  const { signal } = spawnSync(process.execPath, [writer, path, String(rows), ...modes])
  expect(signal).toBe('SIGKILL')
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
}

/** A backup, and later commits that lie in the log of a killed application only. */
async function killedApplication() {
  const vault = await tenant()
  const { path } = vault.databases[0]!
  writeAndDie(path, 40)
  const { backups } = await back(engine, vault, { trigger: 'manual' })
  const backup = join(vault.folder, backups[0]!.name)
  writeAndDie(path, 60, 'update')
  return { vault, path, backup, name: backups[0]!.name }
}

/** As SQLite would see the database if the application were started now. */
async function contentOfCopy(path: string, vault: Vault): Promise<string> {
  const folder = join(vault.root, 'copied')
  mkdirSync(folder)
  for (const end of ['', '-wal']) copyFileSync(path + end, join(folder, basename(path) + end))
  return contentOf(join(folder, basename(path)))
}

describe('a restore after the application was killed', () => {
  it('gives the backup row for row, and keeps the last commits of the log', async () => {
    const { vault, path, backup, name } = await killedApplication()
    const last = await contentOfCopy(path, vault)
    const { saved } = await bring(engine, vault, { listed: name })
    expect(leftBeside(path)).toEqual([])
    expect(contentOf(path)).toBe(contentOf(backup))
    expect(contentOf(join(vault.folder, saved!.name))).toBe(last)
    expect(last).not.toBe(contentOf(backup))
  })

  it('stays the backup when the application goes on with it', async () => {
    const { vault, path, name } = await killedApplication()
    await bring(engine, vault, { listed: name })
    const rows = change(path, (database) => {
      expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
      database.exec("INSERT INTO notes (text) VALUES ('after')")
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
      return database.prepare('SELECT count(*) FROM notes').pluck().get()
    })
    expect(rows).toBe(41)
  })

  it('rolls back what a killed application had not committed in rollback mode', async () => {
    const vault = await tenant()
    const { path } = vault.databases[0]!
    change(path, (database) => database.exec("CREATE TABLE notes (text); INSERT INTO notes VALUES ('kept')"))
    const { backups } = await back(engine, vault, { trigger: 'manual' })
    change(path, (database) => database.exec("INSERT INTO notes VALUES ('committed')"))
    const committed = contentOf(path)
    const script = `
      const database = new (require('better-sqlite3'))(${JSON.stringify(path)})
      database.pragma('cache_size = 1')
      database.exec("BEGIN; INSERT INTO notes SELECT hex(randomblob(2000)) FROM (SELECT 1 UNION SELECT 2), sqlite_schema, (SELECT 1 UNION SELECT 2 UNION SELECT 3)")
      database.exec("CREATE TABLE more AS SELECT hex(randomblob(20000)) FROM notes")
      process.kill(process.pid, 'SIGKILL')`
    spawnSync(process.execPath, ['-e', script], { cwd: process.cwd() })
    expect(existsSync(`${path}-journal`)).toBe(true)
    const { saved } = await bring(engine, vault, { listed: backups[0]!.name })
    expect(contentOf(join(vault.folder, saved!.name))).toBe(committed)
    expect(contentOf(path)).toBe(contentOf(join(vault.folder, backups[0]!.name)))
    expect(leftBeside(path)).toEqual([])
  })
})

describe('copying a backup by hand after the application was killed', () => {
  it('does not give the backup while the old log lies beside it, though SQLite finds nothing wrong', async () => {
    const { path, backup } = await killedApplication()
    copyFileSync(backup, path)
    const database = new Database(path)
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    database.close()
    expect(contentOf(path)).not.toBe(contentOf(backup))
  })

  it('gives the backup when everything that belongs to the old database is put aside first', async () => {
    const { vault, path, backup } = await killedApplication()
    const aside = join(vault.root, 'before-restore')
    mkdirSync(aside)
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(path + end)) renameSync(path + end, join(aside, basename(path) + end))
    copyFileSync(backup, path)
    expect(contentOf(path)).toBe(contentOf(backup))
    expect(contentOf(join(aside, basename(path)))).not.toBe(contentOf(backup))
  })
})
