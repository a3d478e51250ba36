import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { LiveDatabase } from '../../engine.ts'
import { reasonOf } from '../../failure.ts'
import type { FileMode } from '../../restore/header.ts'
import { HeldDatabase } from '../../restore/held-database.ts'
import { inUse, useUnknown } from '../../restore/refusals.ts'
import { lookAtTarget, type Target } from '../../restore/target.ts'
import { findUsage, watch } from '../../restore/usage.ts'
import { companionEnds } from '../../vault/beside.ts'
import { removeFile, syncFolder } from '../../vault/files.ts'

export interface ReplaceOptions {
  readonly signal: AbortSignal
  /** Goes on where it can't be seen whether some process has it open. */
  readonly acceptUnseen: boolean
  /** Gives the staged file the database's name; the mode is the one that the old database had. */
  swap(mode: FileMode | null): void
}

/**
 * Replaces a database by a staged file while nobody has it open. What a killed application has left beside it goes into
 * the old database first, so that it never blends into the new one. Rejects `database-in-use`.
 */
export async function replaceDatabase(database: LiveDatabase, options: ReplaceOptions): Promise<void> {
  const target = lookAtTarget(database, null)
  expectDatabaseUnused({ ...database, path: target.path }, options.acceptUnseen)
  if (target.state === 'none') return options.swap(null)
  if (target.state === 'broken') return replaceBroken(target, options)
  const held = await HeldDatabase.hold(target, options.signal)
  let swapped = false
  try {
    if (options.signal.aborted) throw reasonOf(options.signal)
    options.swap(target.mode)
    swapped = true
  } finally {
    held.release()
    if (!swapped && target.mode === 'wal') resumeLog(target.path)
  }
}

/** SQLite finds no database in it; what lies beside it belongs to nothing, and must not lie beside the new one. */
function replaceBroken({ path }: Target, { swap }: ReplaceOptions): void {
  for (const end of companionEnds) removeFile(path + end)
  syncFolder(dirname(path))
  swap(null)
}

/** Rejects `database-in-use`, and `use-unknown` where it can't be seen and that is not accepted. */
export function expectDatabaseUnused(database: LiveDatabase, acceptUnseen: boolean): void {
  const files = watch(database.path)
  if (files.identities.size === 0) return
  const usage = findUsage(files)
  if (usage.processes.length > 0) throw inUse(database, usage)
  if (usage.seen !== 'all' && !acceptUnseen) throw useUnknown(database, usage)
}

/** Only a convenience: its content is the same in either mode. */
function resumeLog(path: string): void {
  try {
    const connection = new Database(path, { fileMustExist: true, timeout: 0 })
    try {
      connection.pragma('journal_mode = WAL')
    } finally {
      connection.close()
    }
  } catch {
    // An application that wants the mode sets it when it opens the database.
  }
}
