import { fdatasync, fsync, read, readSync, write, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { reasonOf } from '../../failure.ts'
import type { SnapshotOptions } from '../../source.ts'

const readSome = promisify(read)
const writeSome = promisify(write)
const syncData = promisify(fdatasync)
export const syncFile = promisify(fsync)

/**
 * Bytes after which the disk is told to begin writing. Left to the end, one long flush stalls the commits of the
 * application for hundreds of milliseconds.
 */
const flushEveryBytes = 16 * 1024 * 1024
/** Below this a file is read and written without a detour through the thread pool, which would cost more than it. */
const smallBytes = 4 * 1024 * 1024

/** Fills as much of `bytes` as the file has from `position` on, and returns that part. */
export async function readPiece(file: number, bytes: Buffer, position: number): Promise<Buffer> {
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await readSome(file, bytes, filled, bytes.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

export function readPieceNow(file: number, bytes: Buffer, position: number): Buffer {
  let filled = 0
  while (filled < bytes.length) {
    const count = readSync(file, bytes, filled, bytes.length - filled, position + filled)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}

export async function writePiece(file: number, bytes: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await writeSome(file, bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

export function writePieceNow(file: number, bytes: Buffer, position: number): void {
  let written = 0
  while (written < bytes.length)
    written += writeSync(file, bytes, written, bytes.length - written, position + written)
}

/** Hands what is written to a file to the disk as it comes. `settle` before the file is closed, whatever happened. */
export class WriteBack {
  readonly #file: number
  #waiting = 0
  #flushing: Promise<unknown> = Promise.resolve()

  constructor(file: number) {
    this.#file = file
  }

  async note(bytes: number): Promise<void> {
    this.#waiting += bytes
    if (this.#waiting < flushEveryBytes) return
    await this.#flushing
    this.#waiting = 0
    this.#flushing = syncData(this.#file)
    // Awaited at the next flush or by `settle`; until then a failure must not count as unhandled.
    this.#flushing.catch(() => {})
  }

  settle(): Promise<unknown> {
    return this.#flushing
  }
}

export interface CopyOptions extends Pick<SnapshotOptions, 'signal'> {
  onProgress(done: number): void
}

/** Bytes that are read and written at once; two such pieces are in memory. */
const pieceBytes = 512 * 1024

/** Copies the first `length` bytes, or as many as there are, and returns their number. They are not synced yet. */
export function copyBytes(
  source: number,
  copy: number,
  length: number,
  options: CopyOptions,
): Promise<number> {
  return length <= smallBytes
    ? copySmall(source, copy, length, options)
    : copyLarge(source, copy, length, options)
}

/** Fits into a processor's cache. Never used across an `await`, so one is enough for all copies. */
const smallPiece = Buffer.allocUnsafeSlow(256 * 1024)

async function copySmall(
  source: number,
  copy: number,
  length: number,
  { signal, onProgress }: CopyOptions,
): Promise<number> {
  if (signal.aborted) throw reasonOf(signal)
  let position = 0
  while (position < length) {
    const room = smallPiece.subarray(0, Math.min(smallPiece.length, length - position))
    const piece = readPieceNow(source, room, position)
    if (piece.length === 0) break
    writePieceNow(copy, piece, position)
    position += piece.length
  }
  onProgress(position)
  return position
}

/** Reads a piece while the one before it is written. */
async function copyLarge(
  source: number,
  copy: number,
  length: number,
  { signal, onProgress }: CopyOptions,
): Promise<number> {
  const buffers = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const
  const writeBack = new WriteBack(copy)
  let writing: Promise<unknown> = Promise.resolve()
  let position = 0
  try {
    for (let turn = 0; position < length; turn ^= 1) {
      if (signal.aborted) throw reasonOf(signal)
      const room = (turn === 0 ? buffers[0] : buffers[1]).subarray(0, Math.min(pieceBytes, length - position))
      const piece = await readPiece(source, room, position)
      await writing
      if (position > 0) onProgress(position)
      if (piece.length === 0) break
      await writeBack.note(piece.length)
      writing = writePiece(copy, piece, position)
      writing.catch(() => {})
      position += piece.length
    }
    await writing
    onProgress(position)
    return position
  } finally {
    // Nothing may still write when the file is closed: its number could belong to another file then.
    await Promise.allSettled([writing, writeBack.settle()])
  }
}
