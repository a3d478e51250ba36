import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { LiveDatabase } from '../../engine.ts'
import { BackupError } from '../../errors.ts'
import { reasonOf } from '../../failure.ts'
import type { Binding, SnapshotOptions } from '../../source.ts'
import { frameHeaderBytes, type LogEnd, logHeaderBytes } from './pin.ts'

/** Bytes that are read and written at once. */
const pieceBytes = 1024 * 1024
/**
 * Bytes after which the disk is told to begin writing. Left to the end, one long flush stalls the commits of the
 * application for hundreds of milliseconds.
 */
const flushEveryBytes = 16 * 1024 * 1024

/** What a pinned commit is made of. */
export interface PinnedFiles {
  readonly database: LiveDatabase
  /** Opened before any connection to the database and closed after the last one, see `openMainFile`. */
  readonly main: FileHandle
  readonly binding: Binding
  readonly log: LogEnd
}

/**
 * Opens the live main file for copying. When a process closes any descriptor of a file it loses all its locks on it:
 * so this one must be opened before SQLite opens the file, and closed after SQLite has closed it.
 */
export function openMainFile(database: LiveDatabase): Promise<FileHandle> {
  return open(database.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
}

/**
 * Copies the files of a commit that a read transaction pins. Meanwhile a checkpoint may write pages into the main
 * file, but only such as the copied part of the log holds too, and nothing can reset the log. When the whole log was
 * in the main file already, nothing can write there at all, and the log is not needed.
 */
export async function copyPinnedFiles(
  files: PinnedFiles,
  target: string,
  options: SnapshotOptions,
): Promise<void> {
  const { binding, main, log } = files
  const databaseBytes = binding.pageCount * binding.pageSize
  const logBytes = log.checkpointed ? 0 : logLength(files)
  const total = databaseBytes + logBytes
  const { size } = await main.stat()
  const mainBytes = log.checkpointed ? databaseBytes : size
  const done = await copyBytes(main, target, mainBytes, {
    ...options,
    onProgress: (bytes) => options.onProgress(Math.min(bytes, databaseBytes), total),
  })
  if (log.checkpointed) {
    if (done !== mainBytes) throw moved('the main file is shorter than the pinned commit')
    return
  }
  await copyLog(files, `${target}-wal`, {
    ...options,
    onProgress: (bytes) => options.onProgress(databaseBytes + bytes, total),
  })
}

function logLength({ binding, log }: PinnedFiles): number {
  return logHeaderBytes + log.position.frame * (frameHeaderBytes + binding.pageSize)
}

/** Exactly up to the pinned commit; the log must be the same one afterwards. */
async function copyLog(files: PinnedFiles, target: string, options: SnapshotOptions): Promise<void> {
  const source = await open(`${files.database.path}-wal`, 'r')
  try {
    const length = logLength(files)
    if ((await copyBytes(source, target, length, options)) !== length) throw moved('the log became shorter')
    const header = Buffer.alloc(logHeaderBytes)
    await source.read(header, 0, logHeaderBytes, 0)
    if (header.toString('hex') !== files.log.header) throw moved('the log was begun anew')
  } finally {
    // The `-wal` carries no locks of SQLite's: closing it drops none.
    await source.close()
  }
}

/** Returns the number of bytes that there were, at most `length`; they are on the disk when it resolves. */
async function copyBytes(
  source: FileHandle,
  target: string,
  length: number,
  { signal, onProgress }: Pick<SnapshotOptions, 'signal'> & { onProgress(done: number, total: number): void },
): Promise<number> {
  const copy = await open(target, 'wx', 0o600)
  const piece = Buffer.allocUnsafe(pieceBytes)
  let position = 0
  let flushed = 0
  let flushing: Promise<void> = Promise.resolve()
  try {
    while (position < length) {
      if (signal.aborted) throw reasonOf(signal)
      const { bytesRead } = await source.read(piece, 0, Math.min(pieceBytes, length - position), position)
      if (bytesRead === 0) break
      await writeAll(copy, piece.subarray(0, bytesRead), position)
      position += bytesRead
      onProgress(position, length)
      if (position - flushed >= flushEveryBytes) {
        await flushing
        flushed = position
        flushing = copy.datasync()
        // Awaited above or below; until then a failure must not count as unhandled.
        flushing.catch(() => {})
      }
    }
    await flushing
    await copy.sync()
    return position
  } finally {
    await flushing.catch(() => {})
    await copy.close()
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

function moved(what: string): BackupError {
  return new BackupError(
    'source-changed',
    `The database changed in an unexpected way while it was copied: ${what}`,
    {
      hint: 'Nothing was kept. Start the backup again; if this happens again, another program handles the log itself.',
    },
  )
}
