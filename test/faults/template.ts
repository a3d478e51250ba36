import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { BackupEngine, Vault } from '../../src/engine/engine.ts'
import { createRequest, quietly } from '../support/tenant.ts'
import type { TemplateNames } from './scenarios.ts'

/** A tenant that is copied for every trial, so that all of them begin with the same bytes. */
export interface Template {
  readonly names: TemplateNames
  /** A fresh copy with that backups folder, which needs not exist; `drop` removes it. */
  copy(backupsFolder?: string): { readonly vault: Vault; drop(): void }
}

/** For a test file; its caller removes it. Links resolved, because the shim compares paths as text. */
export function makeFolder(): string {
  return mkdtempSync(join(realpathSync(tmpdir()), 'backup-faults-'))
}

export const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true })

/** Bytes of a page; the smallest that SQLite knows, so that there are few states to try. */
export const pageSize = 512

/** The database's last commits are in its log only, as a killed application leaves it. */
export async function makeTemplate(engine: BackupEngine, folder: string): Promise<Template> {
  const vault = vaultAt(join(folder, 'growing'))
  mkdirSync(vault.root)
  const live = openDatabase(vault)
  const names = await makeBackups(engine, vault, live)
  live.pragma('wal_checkpoint(TRUNCATE)')
  live.exec("INSERT INTO entries (text) VALUES ('in the log only')")
  const kept = join(folder, 'template')
  cpSync(vault.root, kept, { recursive: true, filter: (path) => !path.endsWith('-shm') })
  live.close()
  rmSync(vault.root, { recursive: true })
  let count = 0
  return {
    names,
    copy(backupsFolder) {
      const copied = vaultAt(join(folder, `trial-${++count}`), backupsFolder)
      cpSync(kept, copied.root, { recursive: true, preserveTimestamps: true })
      return { vault: copied, drop: () => rmSync(copied.root, { recursive: true, force: true }) }
    },
  }
}

export function vaultAt(root: string, folder = 'backups'): Vault {
  return {
    root,
    folder: join(root, folder),
    databases: [{ name: 'main', path: join(root, 'main.sqlite') }],
  }
}

function openDatabase(vault: Vault): Database.Database {
  const live = new Database(vault.databases[0]!.path)
  live.pragma(`page_size = ${pageSize}`)
  live.pragma('journal_mode = WAL')
  live.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, text TEXT)')
  const insert = live.prepare('INSERT INTO entries (text) VALUES (?)')
  for (let count = 0; count < 12; count++) insert.run(`entry ${count} `.repeat(8))
  return live
}

async function makeBackups(
  engine: BackupEngine,
  vault: Vault,
  live: Database.Database,
): Promise<TemplateNames> {
  let count = 0
  const make = async (trigger: 'scheduled' | 'manual', startedAt: string) => {
    live.exec(`INSERT INTO entries (text) VALUES ('before ${startedAt}')`)
    const request = createRequest(vault, { runId: `made-${++count}`, trigger, startedAt })
    const { backups } = await engine.create(request, quietly())
    return backups[0]!.name
  }
  return {
    scheduled: [
      await make('scheduled', '2026-05-01T02:30:00.000Z'),
      await make('scheduled', '2026-05-02T02:30:00.000Z'),
      await make('scheduled', '2026-05-03T02:30:00.000Z'),
    ],
    manual: await make('manual', '2026-05-03T12:00:00.000Z'),
  }
}
