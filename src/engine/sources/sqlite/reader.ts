import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { LiveDatabase } from '../../engine.ts'
import { BackupError } from '../../errors.ts'
import { codeOf, reasonOf } from '../../failure.ts'
import { sourceFailure, sourceLocked } from './source-errors.ts'

export type Connection = Database.Database

export interface Patience {
  readonly signal: AbortSignal
  /** How long to wait for another connection's lock. */
  readonly timeoutMs: number
}

/**
 * Short and never the same: a writer without pause in rollback-journal mode leaves gaps of a fraction of a millisecond
 * only, and a regular rhythm could miss them all.
 */
const pollMs = () => 1 + Math.random() * 2

/**
 * A connection that reads. Where a write-ahead log or a journal lies, it is opened read-only: closing such a
 * connection leaves a killed application's files as they are. Where none lies, a read-only one would leave empty ones
 * behind, a writable one takes them away again.
 */
export function openReader(database: LiveDatabase): Connection {
  const readonly = existsSync(`${database.path}-wal`) || existsSync(`${database.path}-journal`)
  return new Database(database.path, { readonly, fileMustExist: true, timeout: 0 })
}

/** For a journal that a killed application left, which only a writable connection can roll back. */
export function openRecovering(database: LiveDatabase): Connection {
  return new Database(database.path, { fileMustExist: true, timeout: 0 })
}

/** The first statements that look into the file, and so the first that can find it locked, torn or no database. */
export function journalModeOf(connection: Connection): string {
  // KiB: a copy reads every page once, so a large cache would only cost memory.
  connection.pragma('cache_size = -1024')
  return String(connection.pragma('journal_mode', { simple: true }))
}

/** BEGIN alone pins nothing; the first read does. */
export function beginRead(connection: Connection): void {
  try {
    connection.exec('BEGIN')
    connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get()
  } catch (error) {
    if (connection.inTransaction) endRead(connection)
    throw error
  }
}

export function endRead(connection: Connection): void {
  connection.exec('ROLLBACK')
}

/** Whether a read-only connection can't read because the last transaction was torn. */
export function needsRecovery(error: unknown): boolean {
  return /^SQLITE_(READONLY|CANTOPEN)/.test(codeOf(error))
}

/** Tries until no other connection is in the way; waiting never blocks the process. `source-locked` after that. */
export async function whenUnlocked<T>(
  database: LiveDatabase,
  patience: Patience,
  attempt: () => T,
): Promise<T> {
  const deadline = performance.now() + patience.timeoutMs
  for (;;) {
    if (patience.signal.aborted) throw reasonOf(patience.signal)
    try {
      return attempt()
    } catch (error) {
      if (!/^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))) throw error
      if (performance.now() >= deadline) throw sourceLocked(database, patience.timeoutMs)
    }
    await wait(pollMs())
  }
}

/** Keeps errors that already say what is wrong, and names the rest. */
export function asSourceFailure(error: unknown, database: LiveDatabase): BackupError {
  return error instanceof BackupError ? error : sourceFailure(error, database)
}
