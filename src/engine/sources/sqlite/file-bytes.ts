import { fdatasync, fsync, read, readSync, write, writeSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { reasonOf } from '../../failure.ts'
import type { SnapshotOptions } from '../../source.ts'

const readSome = promisify(read)
const writeSome = promisify(write)
const syncData = promisify(fdatasync)
export const syncFile = promisify(fsync)

/**
 * Bytes after which the disk is told to begin writing. Left to the end, one long flush stalls the commits of the
 * application for hundreds of milliseconds. Each flush has its price: on a disk of 1 GiB a second these cost a third of
 * the copy's time, twice as many bytes an eighth, but then commits waited half as long again.
 */
const flushEveryBytes = 16 * 1024 * 1024

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

/** Hands what is written to a file to the disk as it comes. */
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
    // Awaited at the next flush, by `finish` or by `settle`; until then a failure must not count as unhandled.
    this.#flushing.catch(() => {})
  }

  /**
   * Rejects when what was handed over did not reach the disk. Nobody else would tell: the kernel says it once, and the
   * next flush of the file succeeds.
   */
  async finish(): Promise<void> {
    await this.#flushing
  }

  /**
   * Before the file is closed, whatever happened: a flush that still went on could meet another file under its number.
   * Never rejects.
   */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#flushing])
  }
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
