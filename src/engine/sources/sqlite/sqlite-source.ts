import { closeSync, ftruncateSync, lstatSync, openSync, type Stats } from 'node:fs'
import type { LiveDatabase } from '../../engine.ts'
import { failureFrom, isMissing } from '../../failure.ts'
import type { Snapshot, SnapshotOptions, SnapshotSource } from '../../source.ts'
import { type Warning, warning } from '../../warnings.ts'
import { copyPinned, finishCopy } from './copy.ts'
import { copyInTurns, type TurnLimits, turnLimits } from './copy-in-turns.ts'
import { copyPinnedFiles, openMainFile } from './copy-pinned-files.ts'
import { type Described, pin } from './pin.ts'
import { expectReadable, saysDamaged } from './read-whole.ts'
import {
  asSourceFailure,
  type Connection,
  endRead,
  journalModeOf,
  needsRecovery,
  openReader,
  openRecovering,
  whenUnlocked,
} from './reader.ts'
import { sourceChanged, sourceEmpty, sourceMissing, sourceMoved, sourceUnsafe } from './source-errors.ts'

export interface SqliteSourceOptions {
  /** How long to wait while another connection keeps the database locked. */
  readonly timeoutMs: number
  /** For databases with a rollback journal, whose writers wait while they are read. */
  readonly turns?: TurnLimits
}

/** Live SQLite databases: the copy is exactly one commit, whatever others write meanwhile. */
export function createSqliteSource({ timeoutMs, turns = turnLimits }: SqliteSourceOptions): SnapshotSource {
  return {
    measure: (database) => measure(database),
    snapshot: (database, target, run) => snapshot(database, target, { ...run, timeoutMs, limits: turns }),
  }
}

interface Run extends SnapshotOptions {
  readonly timeoutMs: number
  readonly limits: TurnLimits
}

/** An open database, and the file that its copy goes to. */
interface Job {
  readonly database: LiveDatabase
  readonly connection: Connection
  readonly main: number
  readonly target: string
  readonly copy: number
}

interface Copied {
  readonly method: string
  readonly journalMode: string
  readonly commit: Described
  readonly heldWritersMs: number
}

function measure(database: LiveDatabase): number {
  const stats = look(database)
  if (stats.size === 0) throw sourceEmpty(database)
  return stats.size + sizeOrZero(`${database.path}-wal`)
}

async function snapshot(database: LiveDatabase, target: string, run: Run): Promise<Snapshot> {
  const before = look(database)
  const copy = openTarget(target)
  try {
    const { copied, warnings } = await copyFrom(database, { target, copy }, run)
    const after = look(database)
    if (after.dev !== before.dev || after.ino !== before.ino) throw sourceChanged(database)
    const { binding, userVersion, schemaFingerprint } = copied.commit
    await finishCopy(copy, binding)
    return {
      method: copied.method,
      heldWritersMs: copied.heldWritersMs,
      binding,
      original: {
        uid: before.uid,
        gid: before.gid,
        mode: before.mode & 0o777,
        journalMode: copied.journalMode,
        userVersion,
        schemaFingerprint,
      },
      warnings,
    }
  } catch (error) {
    throw asSourceFailure(error, database)
  } finally {
    closeSync(copy)
  }
}

/** An exclusive name: whatever lies there already is not ours. */
function openTarget(target: string): number {
  try {
    return openSync(target, 'wx+', 0o600)
  } catch (error) {
    throw failureFrom(error, 'The copy could not be made')
  }
}

type Target = Pick<Job, 'target' | 'copy'>

/** What says that it is damaged is read a second time: a disk that failed once is no damage. */
async function copyFrom(
  database: LiveDatabase,
  target: Target,
  run: Run,
): Promise<{ readonly copied: Copied; readonly warnings: readonly Warning[] }> {
  try {
    return { copied: await copyThrough(openReader, database, target, run), warnings: [] }
  } catch (error) {
    const torn = needsRecovery(error)
    if (!torn && !saysDamaged(error)) throw error
    if (!torn) await expectReadable(database, run)
    ftruncateSync(target.copy, 0)
    const copied = await copyThrough(torn ? openRecovering : openReader, database, target, run)
    return { copied, warnings: torn ? [warning('rolled-back', { database: database.name })] : [] }
  }
}

/**
 * The main file is opened before the first connection to it and closed after the last one: closing a descriptor of a
 * file drops every lock that this process holds on it.
 */
async function copyThrough(
  openConnection: (database: LiveDatabase) => Connection,
  database: LiveDatabase,
  target: Target,
  run: Run,
): Promise<Copied> {
  const main = openMainFile(database)
  try {
    const connection = openConnection(database)
    try {
      return await copyByMode({ database, connection, main, ...target }, run)
    } finally {
      connection.close()
    }
  } finally {
    closeSync(main)
  }
}

async function copyByMode(job: Job, run: Run): Promise<Copied> {
  const { connection, database, copy } = job
  const journalMode = await whenUnlocked(database, run, () => journalModeOf(connection))
  if (journalMode === 'wal') return copyLogged(job, run)
  const turned = await copyInTurns(connection, job, run)
  if (turned !== null) return { journalMode, ...turned, method: methods.turns[turned.how] }
  ftruncateSync(copy, 0)
  const now = await whenUnlocked(database, run, () => journalModeOf(connection))
  if (now !== 'wal') throw sourceMoved(database, 'its journal mode changes all the time')
  return copyLogged(job, run)
}

/**
 * In WAL mode readers keep nobody from writing, but while a commit is pinned the log only grows. Two pins never come
 * back to back on one database, so that it can be begun anew in between: within a run each database is pinned once (a
 * connection that could not read, before a recovering one, pinned nothing), and before the next run lie the proof and
 * the publishing of this one, which take longer than the copy.
 */
async function copyLogged(job: Job, run: Run): Promise<Copied> {
  const { connection, database, target } = job
  const { log, ...commit } = await pin(connection, database, run)
  const { binding } = commit
  run.onPinned()
  const how = log === null ? 'pages' : await copyPinnedFiles({ ...job, binding, log }, run)
  if (how === 'pages') await copyPinned(connection, target, binding, run)
  endRead(connection)
  return { method: methods.logged[how], journalMode: 'wal', commit, heldWritersMs: 0 }
}

/** For the sidecar. */
const methods = {
  logged: {
    copied: 'sqlite-pinned-files',
    cloned: 'sqlite-pinned-files-reflink',
    pages: 'sqlite-backup-in-one-read-transaction',
  },
  turns: {
    copied: 'sqlite-pieces-between-commits',
    cloned: 'sqlite-between-commits-reflink',
  },
} as const

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
