import { closeSync, existsSync, openSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import Database from 'better-sqlite3'
import { BackupError } from '../../errors.ts'
import { codeOf, failureFrom, reasonOf } from '../../failure.ts'
import type { Binding, SnapshotOptions } from '../../source.ts'
import type { Connection } from './reader.ts'

/** Bytes copied at once; the process answers messages between two pieces. */
const pieceBytes = 4 * 1024 * 1024

/** Where a database's header has its write and its read version; 1 is a rollback journal, 2 a write-ahead log. */
const formatVersionsAt = 18
const rollbackFormat = 1

/**
 * Copies what the connection's open read transaction sees. Without that transaction SQLite would begin again at every
 * commit of another connection, and might never end.
 */
export async function copyPinned(
  connection: Connection,
  target: string,
  binding: Binding,
  options: SnapshotOptions,
): Promise<void> {
  const { pageCount, pageSize } = binding
  const piece = Math.max(1, Math.floor(pieceBytes / pageSize))
  makeEmpty(target)
  const progress = await connection
    .backup(target, {
      progress({ totalPages, remainingPages }) {
        if (options.signal.aborted) throw reasonOf(options.signal)
        options.onProgress((totalPages - remainingPages) * pageSize, pageCount * pageSize)
        return piece
      },
    })
    .catch((error) => {
      throw isAboutSource(error) ? error : failureFrom(error, 'The copy could not be written')
    })
  // A source that stays locked is reported as a success of 0 pages.
  if (progress.totalPages !== pageCount || progress.remainingPages !== 0)
    throw incomplete(progress.totalPages, pageCount)
  options.onProgress(pageCount * pageSize, pageCount * pageSize)
  restoreSchemaVersion(target, binding)
}

/**
 * SQLite's backup counts the copy's schema version anew, so it is set back to the original's; that the schema itself
 * is the same shows in its fingerprint.
 */
function restoreSchemaVersion(target: string, { schemaVersion }: Binding): void {
  const connection = new Database(target, { fileMustExist: true })
  try {
    // In the defensive mode that is the default, SQLite would silently ignore the next line.
    connection.unsafeMode(true)
    connection.pragma(`schema_version = ${schemaVersion}`)
  } catch (error) {
    throw failureFrom(error, 'The copy could not be finished')
  } finally {
    connection.close()
  }
}

/** An exclusive name; and the system's own error, which SQLite would hide, when nothing can be made there. */
function makeEmpty(target: string): void {
  try {
    closeSync(openSync(target, 'wx', 0o600))
  } catch (error) {
    throw failureFrom(error, 'The copy could not be made')
  }
}

/** The original is open and pinned by now: only reading it can still fail, everything else concerns the copy. */
const isAboutSource = (error: unknown) =>
  /^SQLITE_(CORRUPT|NOTADB|IOERR_(READ|SHORT_READ|CORRUPTFS))/.test(codeOf(error))

/**
 * Makes the copy one plain file whatever the original's journal mode was, a log beside it included, and puts it on
 * the disk.
 */
export async function finishCopy(target: string, binding: Binding): Promise<void> {
  try {
    makePlain(target)
    await syncWhole(target, binding)
  } catch (error) {
    throw failureFrom(error, 'The copy could not be finished')
  }
}

function makePlain(target: string): void {
  const connection = new Database(target, { fileMustExist: true })
  try {
    const mode = connection.pragma('journal_mode = DELETE', { simple: true })
    if (mode !== 'delete') throw unfinished(`mode ${mode}`)
  } finally {
    connection.close()
  }
  if (existsSync(`${target}-wal`)) throw unfinished('a log beside it')
}

async function syncWhole(target: string, binding: Binding): Promise<void> {
  const file = await open(target, 'r+')
  try {
    await file.sync()
    const { size } = await file.stat()
    if (size !== binding.pageCount * binding.pageSize) {
      throw incomplete(size / binding.pageSize, binding.pageCount)
    }
    await expectRollbackFormat(file)
  } finally {
    await file.close()
  }
}

/** SQLite answers "delete" before it writes that into the header, and hides it when this write fails. */
async function expectRollbackFormat(file: FileHandle): Promise<void> {
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, formatVersionsAt)
  if (buffer[0] !== rollbackFormat || buffer[1] !== rollbackFormat) throw unfinished('a header that says WAL')
}

function incomplete(pages: number, expected: number): BackupError {
  return new BackupError('proof-failed', `The copy has ${pages} of ${expected} pages`, {
    hint: 'Nothing was kept. Start the backup again.',
    details: { pages, expected },
  })
}

function unfinished(what: string): BackupError {
  return new BackupError('proof-failed', `The copy could not be made one plain file: it has ${what}`, {
    hint: 'Nothing was kept. Start the backup again.',
  })
}
