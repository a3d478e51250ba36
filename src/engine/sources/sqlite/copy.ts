import { existsSync, fstatSync } from 'node:fs'
import Database from 'better-sqlite3'
import { BackupError } from '../../errors.ts'
import { codeOf, failureFrom, reasonOf } from '../../failure.ts'
import type { Binding, SnapshotOptions } from '../../source.ts'
import { syncFile, writePieceNow } from './file-bytes.ts'
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
  finishPages(target, binding)
}

/**
 * SQLite's backup counts the copy's schema version anew, so it is set back to the original's; that the schema itself
 * is the same shows in its fingerprint. Of a database in WAL mode it makes one in WAL mode: that ends here too.
 */
function finishPages(target: string, { schemaVersion }: Binding): void {
  const connection = new Database(target, { fileMustExist: true })
  try {
    // In the defensive mode that is the default, SQLite would silently ignore the line after the next one.
    connection.unsafeMode(true)
    // All of the copy is synced at the end.
    connection.pragma('synchronous = OFF')
    connection.pragma(`schema_version = ${schemaVersion}`)
    const mode = connection.pragma('journal_mode = DELETE', { simple: true })
    if (mode !== 'delete') throw unfinished(`mode ${mode}`)
  } catch (error) {
    throw failureFrom(error, 'The copy could not be finished')
  } finally {
    connection.close()
  }
  if (existsSync(`${target}-wal`)) throw unfinished('a log beside it')
}

/** The original is open and pinned by now: only reading it can still fail, everything else concerns the copy. */
const isAboutSource = (error: unknown) =>
  /^SQLITE_(CORRUPT|NOTADB|IOERR_(READ|SHORT_READ|CORRUPTFS))/.test(codeOf(error))

/** Makes the copy one plain file whatever the original's journal mode was, and puts it on the disk. */
export async function finishCopy(copy: number, binding: Binding): Promise<void> {
  try {
    const { size } = fstatSync(copy)
    const expected = binding.pageCount * binding.pageSize
    if (size !== expected) throw incomplete(size / binding.pageSize, binding.pageCount)
    writePieceNow(copy, Buffer.from([rollbackFormat, rollbackFormat]), formatVersionsAt)
    await syncFile(copy)
  } catch (error) {
    throw failureFrom(error, 'The copy could not be finished')
  }
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
