import { lstatSync, type Stats } from 'node:fs'
import type { LiveDatabase } from '../../engine.ts'
import { isMissing } from '../../failure.ts'
import type { Snapshot, SnapshotOptions, SnapshotSource } from '../../source.ts'
import { copyPinned, finishCopy } from './copy.ts'
import { copyPinnedFiles, openMainFile } from './copy-pinned-files.ts'
import { type Pin, pin } from './pin.ts'
import { asSourceFailure, type Connection, needsRecovery, openReader, openRecovering } from './reader.ts'
import { sourceChanged, sourceEmpty, sourceMissing, sourceUnsafe } from './source-errors.ts'

export interface SqliteSourceOptions {
  /** How long to wait while another connection keeps the database locked. */
  readonly timeoutMs: number
}

/** Live SQLite databases, copied while a read transaction pins one commit for the whole copy. */
export function createSqliteSource(options: SqliteSourceOptions): SnapshotSource {
  return {
    measure: (database) => measure(database),
    snapshot: (database, target, run) => snapshot(database, target, { ...run, timeoutMs: options.timeoutMs }),
  }
}

type Run = SnapshotOptions & SqliteSourceOptions

function measure(database: LiveDatabase): number {
  const stats = look(database)
  if (stats.size === 0) throw sourceEmpty(database)
  return stats.size + sizeOrZero(`${database.path}-wal`)
}

async function snapshot(database: LiveDatabase, target: string, run: Run): Promise<Snapshot> {
  const before = look(database)
  try {
    const { pinned, warnings } = await copy(database, target, run)
    const after = look(database)
    if (after.dev !== before.dev || after.ino !== before.ino) throw sourceChanged(database)
    await finishCopy(target, pinned.binding)
    return {
      method: methodOf(pinned),
      binding: pinned.binding,
      original: {
        uid: before.uid,
        gid: before.gid,
        mode: before.mode & 0o777,
        journalMode: pinned.journalMode,
        userVersion: pinned.userVersion,
        schemaFingerprint: pinned.schemaFingerprint,
      },
      warnings,
    }
  } catch (error) {
    throw asSourceFailure(error, database)
  }
}

async function copy(
  database: LiveDatabase,
  target: string,
  run: Run,
): Promise<{ readonly pinned: Pin; readonly warnings: readonly string[] }> {
  try {
    return { pinned: await copyThrough(openReader, database, target, run), warnings: [] }
  } catch (error) {
    if (!needsRecovery(error)) throw error
    const pinned = await copyThrough(openRecovering, database, target, run)
    return { pinned, warnings: [recoveryWarning(database)] }
  }
}

/**
 * The main file is opened before the first connection to it and closed after the last one: closing a descriptor of a
 * file drops every lock that this process holds on it.
 */
async function copyThrough(
  openConnection: (database: LiveDatabase) => Connection,
  database: LiveDatabase,
  target: string,
  run: Run,
): Promise<Pin> {
  const main = await openMainFile(database)
  try {
    const connection = openConnection(database)
    try {
      const pinned = await pin(connection, database, run)
      const { binding, log } = pinned
      if (log === null) await copyPinned(connection, target, binding, run)
      else await copyPinnedFiles({ database, main, binding, log }, target, run)
      connection.exec('ROLLBACK')
      return pinned
    } finally {
      connection.close()
    }
  } finally {
    await main.close()
  }
}

/** How the copy was made, for the sidecar. */
function methodOf({ log }: Pin): string {
  return log === null ? 'sqlite-backup-in-one-read-transaction' : 'sqlite-pinned-files'
}

/**
 * A link would lead out of the tenant's root. A second name (a hard link, as other backup programs make them) does no
 * harm: only the name that the application uses is read.
 */
function look(database: LiveDatabase): Stats {
  if (database.path !== database.path.trim()) {
    throw sourceUnsafe(database, 'has a path that begins or ends with a space')
  }
  const stats = lstatOf(database)
  if (stats.isSymbolicLink()) throw sourceUnsafe(database, 'is a symbolic link')
  if (!stats.isFile()) throw sourceUnsafe(database, 'is not a file')
  return stats
}

function lstatOf(database: LiveDatabase): Stats {
  try {
    return lstatSync(database.path)
  } catch (error) {
    if (isMissing(error)) throw sourceMissing(database)
    throw asSourceFailure(error, database)
  }
}

function sizeOrZero(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function recoveryWarning(database: LiveDatabase): string {
  return `A program that wrote to "${database.name}" was killed in mid-transaction; its journal was rolled back before copying.`
}
