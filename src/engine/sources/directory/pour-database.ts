import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { BackupError } from '../../errors.ts'
import type { SnapshotSource } from '../../source.ts'
import { removeFile } from '../../vault/files.ts'
import { takeDatabase } from '../sqlite/take-database.ts'
import { entryPath, openFound, type Pouring, pourFile, timeOf } from './pour-files.ts'
import type { Placed } from './walk.ts'

/** What a restore wants to know about a database in the archive. */
export interface StoredDatabase {
  readonly path: string
  readonly method: string
  /** Of the original; the copy's own is always DELETE. */
  readonly journalMode: string
  readonly pageCount: number
  readonly tables: number
  readonly rows: number
}

/** What says that it is no database that could be copied as one. */
const broken: readonly string[] = [
  'source-damaged',
  'source-not-a-database',
  'source-empty',
  'source-unsafe',
  'proof-failed',
]
/** What says that it can't be had now. */
const unavailable: readonly string[] = ['source-locked', 'source-changed', 'source-missing', 'io-failed']

/**
 * Adds one commit of a live database. One that can't be copied as a database is added as the bytes that lie there, and
 * listed: nothing else of it could be had. Null unless it is in the archive as a database. While it is copied nothing
 * else may be open in this process: closing a second name of it would drop the locks that pin its commit.
 */
export async function pourDatabase(
  pouring: Pouring,
  placed: Placed,
  { source, scratch }: { readonly source: SnapshotSource; readonly scratch: string },
): Promise<StoredDatabase | 'broken' | null> {
  const { path, folder, name, stats } = placed
  const copy = join(scratch, 'database.copy')
  const database = { name: path, path: folder.at(name).toString() }
  let told = 0
  const onProgress = (done: number) => {
    if (done > told) pouring.onBytes(path, done - told)
    told = Math.max(told, done)
  }
  try {
    const taken = await takeDatabase(source, database, copy, { signal: pouring.signal, onProgress })
    const { snapshot, examined, sizeBytes } = taken
    await pouring.sink.add({
      kind: 'file',
      path: entryPath(pouring.id, path),
      mode: snapshot.original.mode,
      modifiedAt: timeOf(stats),
      sizeBytes,
      open: () => createReadStream(copy),
    })
    pouring.onFile(path)
    const counts = Object.values(examined.rowCounts)
    return {
      path,
      method: snapshot.method,
      journalMode: snapshot.original.journalMode,
      pageCount: snapshot.binding.pageCount,
      tables: counts.length,
      rows: counts.reduce((sum, count) => sum + count, 0),
    }
  } catch (error) {
    if (!(error instanceof BackupError) || pouring.signal.aborted) throw error
    pouring.onBytes(path, -told)
    if (broken.includes(error.code)) return pourBroken(pouring, placed, error)
    if (!unavailable.includes(error.code)) throw error
    pouring.leaveOut(path, error.code === 'source-missing' ? 'vanished' : 'unreadable', error.message)
    pouring.onFile(path)
    return null
  } finally {
    removeFile(copy)
  }
}

async function pourBroken(pouring: Pouring, placed: Placed, { message }: BackupError): Promise<'broken'> {
  pouring.leaveOut(placed.path, 'broken-database', message)
  await pourFile(pouring, placed, openFound(placed), true)
  return 'broken'
}
