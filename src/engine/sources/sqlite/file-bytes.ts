import { fsync, read, readSync, write, writeSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { reasonOf } from '../../failure.ts'
import type { SnapshotOptions } from '../../source.ts'
import { WriteBack } from '../../write-back.ts'

const readSome = promisify(read)
const writeSome = promisify(write)
export const syncFile = promisify(fsync)

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

export interface CopyOptions extends Pick<SnapshotOptions, 'signal'> {
  onProgress(done: number): void
}

/** Bytes after which the process answers messages. */
const turnBytes = 4 * 1024 * 1024

/** Fits into a processor's cache. Never used across an `await`, so one is enough for all copies. */
const room = Buffer.allocUnsafeSlow(256 * 1024)

/**
 * Copies the first `length` bytes, or as many as there are, and returns their number. They are not synced yet. Read and
 * written on the spot: the kernel reads ahead and writes later, and handing each piece to the thread pool takes longer
 * than copying it, several times on a crowded machine. Only the flushes run beside it.
 */
export async function copyBytes(
  source: number,
  copy: number,
  length: number,
  { signal, onProgress }: CopyOptions,
): Promise<number> {
  const writeBack = new WriteBack(copy)
  let position = 0
  try {
    while (position < length) {
      if (signal.aborted) throw reasonOf(signal)
      const turn = copyNow(source, copy, position, Math.min(turnBytes, length - position))
      if (turn === 0) break
      position += turn
      onProgress(position)
      await writeBack.note(turn)
      if (position < length) await nextTurn()
    }
    await writeBack.finish()
    return position
  } finally {
    await writeBack.settle()
  }
}

function copyNow(source: number, copy: number, from: number, length: number): number {
  let done = 0
  while (done < length) {
    const piece = readPieceNow(source, room.subarray(0, Math.min(room.length, length - done)), from + done)
    if (piece.length === 0) break
    writePieceNow(copy, piece, from + done)
    done += piece.length
  }
  return done
}
