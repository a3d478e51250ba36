import { accessSync, closeSync, constants, openSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom } from '../failure.ts'
import { lstatOrNull, readPlainText, removeFile } from './files.ts'
import { ownFiles } from './names.ts'
import { adoptOwner, type Place } from './place.ts'

export interface Lock {
  /** Free at once, also for other processes. Calling it twice is fine. */
  release(): void
}

export interface LockOptions {
  /** How long to wait for another holder before `busy`. */
  readonly waitMs: number
  readonly signal?: AbortSignal
}

const pollMs = 25
/** How much longer is waited for a holder that has not written its name yet, so that `busy` can tell it. */
const nameWaitMs = 500

/**
 * The folder's lock: whoever changes backups holds it. The kernel keeps it, so it is free at once when its holder is
 * killed. It is an empty SQLite file whose exclusive lock is held; nothing else may open that file in the holder's
 * process. Rejects `busy`.
 */
export async function lockFolder(place: Place, holder: string, options: LockOptions): Promise<Lock> {
  const lock = await acquire(place, ownFiles.lock, options)
  noteHolder(place, holder)
  return {
    release() {
      forgetHolder(place)
      lock.release()
    },
  }
}

/** A second lock for the short appends to the run log and the outbox, so that they never wait for a long run. */
export async function withLogLock<T>(place: Place, work: () => T): Promise<T> {
  const lock = await acquire(place, ownFiles.logLock, { waitMs: 5_000 })
  try {
    return work()
  } finally {
    lock.release()
  }
}

/** As `withLogLock`, but leaves it when somebody else holds that lock now. */
export async function unlessLogsAreInUse(place: Place, work: () => void): Promise<void> {
  const lock = await acquire(place, ownFiles.logLock, { waitMs: 0 }).catch((error) => {
    if (error instanceof BackupError && error.code === 'busy') return null
    throw error
  })
  if (lock === null) return
  try {
    work()
  } finally {
    lock.release()
  }
}

async function acquire(place: Place, name: string, options: LockOptions): Promise<Lock> {
  const path = join(place.folder, name)
  const deadline = performance.now() + options.waitMs
  const connection = open(place, path)
  try {
    while (!tryLock(connection)) {
      const late = performance.now() - deadline
      if (late >= 0 && (readHolder(place).pid !== null || late >= nameWaitMs)) throw busy(place)
      await wait(pollMs, undefined, options.signal ? { signal: options.signal } : {})
    }
    if (lstatOrNull(path)?.isFile() !== true) throw unsafe(path)
  } catch (error) {
    connection.close()
    if (options.signal?.aborted) throw options.signal.reason
    throw failureFrom(error, `The lock ${path} could not be taken`)
  }
  return { release: () => void connection.close() }
}

function open(place: Place, path: string): Database.Database {
  try {
    accessSync(place.folder, constants.W_OK | constants.X_OK)
    const stats = lstatOrNull(path)
    if (stats === null) makeLockFile(place, path)
    else if (!stats.isFile() || stats.nlink !== 1) throw unsafe(path)
    return new Database(path, { timeout: 0, fileMustExist: true })
  } catch (error) {
    throw failureFrom(error, `The lock ${path} could not be made`)
  }
}

/** Exclusive: when the file exists already it is never opened here, or a lock held by this process would be lost. */
function makeLockFile(place: Place, path: string): void {
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600))
    adoptOwner(path, place.folder)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** In memory mode no journal is needed: the lock works on a full disk. */
function tryLock(connection: Database.Database): boolean {
  try {
    connection.pragma('journal_mode = MEMORY')
    connection.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (codeOf(error).startsWith('SQLITE_BUSY')) return false
    throw error
  }
}

/** Best effort: only the message of `busy` depends on it, and a stale one can't hurt. */
function noteHolder(place: Place, holder: string): void {
  const path = join(place.folder, ownFiles.holder)
  const note = { pid: process.pid, host: hostname(), holder, since: new Date().toISOString() }
  try {
    removeFile(path)
    writeFileSync(path, JSON.stringify(note), { flag: 'wx', mode: 0o600 })
  } catch {
    // The lock is held all the same.
  }
}

/** Must not keep the lock from being released. */
function forgetHolder(place: Place): void {
  try {
    removeFile(join(place.folder, ownFiles.holder))
  } catch {
    // A note without a lock can't hurt.
  }
}

function busy(place: Place): BackupError {
  const { pid, host } = readHolder(place)
  const who = pid === null ? 'another run' : `process ${pid} on ${host}`
  return new BackupError('busy', `The backups folder is in use by ${who}`, {
    hint: 'Wait until the run in progress has ended, then try again.',
    details: pid === null ? {} : { pid, host },
  })
}

function readHolder(place: Place): { readonly pid: number | null; readonly host: string } {
  try {
    const text = readPlainText(join(place.folder, ownFiles.holder), place.live, 4096)
    const note = JSON.parse(text ?? '{}')
    return { pid: Number.isInteger(note.pid) ? note.pid : null, host: String(note.host) }
  } catch {
    return { pid: null, host: '' }
  }
}

function unsafe(path: string): BackupError {
  return new BackupError('folder-unsafe', `${path} is not a plain file with one name`, {
    hint: 'Remove it while no backup runs: the program makes its own.',
  })
}
