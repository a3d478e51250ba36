import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { BackupEngine, Vault } from '../../src/engine/engine.ts'
import type { BackupChoice, RestoreRequest, RestoreResult } from '../../src/engine/restoring.ts'
import { admin, back, fill, quietly, tenant } from './tenant.ts'

export function restoreRequest(
  vault: Vault,
  from: BackupChoice,
  more: Partial<RestoreRequest> = {},
): RestoreRequest {
  return {
    vault,
    from,
    database: vault.databases[0]!,
    runId: randomUUID(),
    startedAt: new Date().toISOString(),
    trigger: 'manual',
    actor: admin,
    appVersion: '1.0.0',
    acceptNewer: false,
    acceptUnseen: true,
    openUntilReady: false,
    resumes: false,
    ...more,
  }
}

export function bring(
  engine: BackupEngine,
  vault: Vault,
  from: BackupChoice,
  more: Partial<RestoreRequest> = {},
): Promise<RestoreResult> {
  return engine.restore(restoreRequest(vault, from, more), quietly())
}

/** Opens, changes and closes a database, as an application does that ends properly. */
export function change<T>(path: string, work: (database: Database.Database) => T): T {
  const database = new Database(path)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

export const texts = (path: string) =>
  change(path, (database) => database.prepare('SELECT text FROM rows ORDER BY id').pluck().all() as string[])

/** A tenant that nobody has open, with one backup, and rows that came after it. */
export async function tenantWithPast(engine: BackupEngine, mode: 'WAL' | 'DELETE' = 'WAL') {
  const vault = await tenant()
  const { path } = vault.databases[0]!
  change(path, (database) => {
    database.pragma(`journal_mode = ${mode}`)
    fill(database, 20)
  })
  const then = texts(path)
  const { backups } = await back(engine, vault, { trigger: 'manual' })
  change(path, (database) => fill(database, 5))
  return { vault, path, name: backups[0]!.name, then, now: texts(path) }
}

/** Hidden names beside a database, which a restore must not leave. */
export const leftBeside = (path: string) =>
  readdirSync(dirname(path)).filter((name) => name.startsWith('.') || /-(wal|shm|journal)$/.test(name))
