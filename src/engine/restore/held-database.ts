import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom, reasonOf } from '../failure.ts'
import type { Snapshot, SnapshotOptions, SnapshotSource } from '../source.ts'
import { identityOf, lstatOrNull } from '../vault/files.ts'
import { copyFile } from './copy-file.ts'
import { readHeader } from './header.ts'
import { inUse, targetUnsafe } from './refusals.ts'
import { readSchema, saysBroken, type Target } from './target.ts'
import { findUsage, watch } from './usage.ts'

/** SQLite says that this is no database; it has to be moved aside whole. */
export class BrokenDatabase extends Error {}

/** How long somebody who only looks in for a moment is waited for. Milliseconds. */
const patienceMs = 1_500
const pollMs = 20

/**
 * The database to be replaced while nobody else can use it: whatever a killed application had left beside it has been
 * brought into the one file, which an exclusive lock keeps as it is.
 */
export class HeldDatabase {
  readonly #target: Target
  /** Opened before the connection and closed after it: closing any descriptor of a file drops all locks on it. */
  readonly #main: number
  readonly #connection: Database.Database

  private constructor(target: Target, main: number, connection: Database.Database) {
    this.#target = target
    this.#main = main
    this.#connection = connection
  }

  /** Rejects `BrokenDatabase`, `database-in-use`, or what keeps it from being opened. Leaves nothing open then. */
  static async hold(target: Target, signal: AbortSignal): Promise<HeldDatabase> {
    try {
      return await HeldDatabase.#holdOnce(target, signal)
    } catch (error) {
      // SQLite says so also of a page that the disk could not give it: a disk that failed once is no damage.
      if (!(error instanceof BrokenDatabase)) throw error
      return HeldDatabase.#holdOnce(target, signal)
    }
  }

  static async #holdOnce(target: Target, signal: AbortSignal): Promise<HeldDatabase> {
    const main = openSync(target.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    let connection: Database.Database | null = null
    try {
      connection = new Database(target.path, { fileMustExist: true, timeout: 0 })
      await takeAlone(connection, target, signal)
      expectOnePlainFile(target, main)
      return new HeldDatabase(target, main, connection)
    } catch (error) {
      connection?.close()
      closeSync(main)
      if (saysBroken(error)) throw new BrokenDatabase((error as Error).message)
      throw failureFrom(error, `The database "${target.database.name}" could not be opened`)
    }
  }

  get main(): number {
    return this.#main
  }

  /** Makes a backup of what is held, for the vault. */
  get source(): SnapshotSource {
    return {
      measure: () => fstatSync(this.#main).size,
      snapshot: (_database, path, options) => this.#snapshot(path, options),
    }
  }

  /** Lets go of it. Calling it twice is fine. */
  release(): void {
    if (!this.#connection.open) return
    this.#connection.close()
    closeSync(this.#main)
  }

  async #snapshot(path: string, options: SnapshotOptions): Promise<Snapshot> {
    const number = (name: string) => this.#connection.pragma(name, { simple: true }) as number
    const binding = {
      pageCount: number('page_count'),
      pageSize: number('page_size'),
      schemaVersion: number('schema_version'),
      freelistCount: number('freelist_count'),
      wal: null,
    }
    const schema = readSchema(this.#connection)
    options.onPinned()
    const length = binding.pageCount * binding.pageSize
    const { signal } = options
    const onProgress = (done: number) => options.onProgress(done, length)
    const { sizeBytes } = await copyFile(this.#main, path, { signal, length, onProgress })
    if (sizeBytes !== length) throw new BrokenDatabase(`it has ${sizeBytes} of ${length} bytes`)
    const { uid, gid, mode } = fstatSync(this.#main)
    return {
      method: 'sqlite-locked-file',
      heldWritersMs: 0,
      binding,
      original: { uid, gid, mode: mode & 0o777, journalMode: this.#target.mode ?? 'delete', ...schema },
      warnings: [],
    }
  }
}

/** Bringing the log into the file takes the same lock that any reader or writer would be in the way of. */
async function takeAlone(connection: Database.Database, target: Target, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    if (signal.aborted) throw reasonOf(signal)
    try {
      connection.pragma('journal_mode = DELETE')
      connection.exec('BEGIN EXCLUSIVE')
      connection.prepare('SELECT count(*) FROM sqlite_schema').get()
      return
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK')
      if (!/^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))) throw error
      if (performance.now() >= deadline) throw inUse(target.database, findUsage(watch(target.path)))
    }
    await wait(pollMs)
  }
}

/** Only now, with the lock, does it count: before, somebody could still have come in between. */
function expectOnePlainFile({ path, database }: Target, main: number): void {
  const named = lstatOrNull(path)
  if (named === null || identityOf(named) !== identityOf(fstatSync(main))) throw changed(database.name)
  if (readHeader(main)?.mode !== 'delete') throw stillLogged(database.name)
  if (lstatOrNull(`${path}-wal`) !== null) throw stillLogged(database.name)
  if (isHot(`${path}-journal`)) throw targetUnsafe(database, 'has a journal that SQLite did not roll back')
}

/** A journal whose first byte is 0 has been played back or never got that far. */
function isHot(path: string): boolean {
  if (lstatOrNull(path) === null) return false
  const fd = openSync(path, 'r')
  try {
    const first = Buffer.alloc(1)
    return readSync(fd, first, 0, 1, 0) === 1 && first[0] !== 0
  } finally {
    closeSync(fd)
  }
}

function changed(database: string): BackupError {
  return new BackupError('source-changed', `The database "${database}" was replaced meanwhile`, {
    hint: 'Something else works with it. Stop the application, then try again.',
    details: { database },
  })
}

function stillLogged(database: string): BackupError {
  return new BackupError(
    'database-in-use',
    `The write-ahead log of the database "${database}" could not be brought into it`,
    {
      hint: 'Stop the application, then try again. Nothing was changed.',
      details: { database, processes: '' },
    },
  )
}
