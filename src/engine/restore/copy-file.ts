import { createHash } from 'node:crypto'
import { closeSync, fdatasync, fstatSync, fsyncSync, openSync, read, write } from 'node:fs'
import { promisify } from 'node:util'
import { reasonOf } from '../failure.ts'
import { identityOf } from '../vault/files.ts'
import type { KnownFile } from '../vault/same-file.ts'

const readPiece = promisify(read)
const writePiece = promisify(write)
const flush = promisify(fdatasync)

/** Bytes that are read and written at once; the process answers messages between two pieces. */
const pieceBytes = 1024 * 1024
/** Bytes after which the disk is told to begin writing, so that no long flush stalls other programs at the end. */
const flushEveryBytes = 16 * 1024 * 1024

export interface CopyOptions {
  readonly signal: AbortSignal
  /** Most bytes that are copied; all there are when it is left out. */
  readonly length?: number
  onProgress(done: number): void
  /** May change the beginning of the copy; it is handed at least the first 100 bytes, if there are so many. */
  change?(first: Buffer): void
  /** Is called with the new file before anything is in it. */
  prepare?(fd: number): void
}

export interface Copied extends KnownFile {
  readonly sizeBytes: number
  /** When it was written last, in milliseconds of the file system. */
  readonly modifiedMs: number
  /** Of what was read, which is something else when `change` has changed it. */
  readonly sourceSha256: string
}

/** Copies an open file into a new one, which is on the disk when this resolves. The caller removes what a failure leaves. */
export async function copyFile(source: number, target: string, options: CopyOptions): Promise<Copied> {
  const fd = openSync(target, 'wx', 0o600)
  try {
    options.prepare?.(fd)
    const hashes = await copyPieces(source, fd, options)
    fsyncSync(fd)
    const stats = fstatSync(fd)
    return { ...hashes, sizeBytes: stats.size, modifiedMs: stats.mtimeMs, identity: identityOf(stats) }
  } finally {
    closeSync(fd)
  }
}

async function copyPieces(source: number, target: number, options: CopyOptions) {
  const { signal, length = Number.POSITIVE_INFINITY, onProgress } = options
  const [read, written] = [createHash('sha256'), createHash('sha256')]
  const piece = Buffer.allocUnsafe(pieceBytes)
  let changed = false
  let flushed = 0
  for (let done = 0; done < length; ) {
    if (signal.aborted) throw reasonOf(signal)
    const { bytesRead } = await readPiece(source, piece, 0, Math.min(pieceBytes, length - done), done)
    if (bytesRead === 0) break
    const bytes = piece.subarray(0, bytesRead)
    read.update(bytes)
    if (done === 0 && options.change !== undefined) {
      options.change(bytes)
      changed = true
    }
    if (changed) written.update(bytes)
    await writeAll(target, bytes, done)
    done += bytesRead
    onProgress(done)
    if (done - flushed >= flushEveryBytes) {
      await flush(target)
      flushed = done
    }
  }
  const sourceSha256 = read.digest('hex')
  return { sourceSha256, sha256: changed ? written.digest('hex') : sourceSha256 }
}

async function writeAll(fd: number, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const rest = bytes.length - written
    written += (await writePiece(fd, bytes, written, rest, position + written)).bytesWritten
  }
}
