import { closeSync, openSync } from 'node:fs'
import { endianness } from 'node:os'
import type { LiveDatabase } from '../../engine.ts'
import { reasonOf } from '../../failure.ts'
import type { Binding } from '../../source.ts'
import { WriteBack } from '../../write-back.ts'
import { type CopyOptions, readPiece, writePieceNow } from './file-bytes.ts'
import { frameHeaderBytes, type LogEnd, logHeaderBytes } from './pin.ts'
import { sourceDamaged, sourceMoved } from './source-errors.ts'

/** Bytes of the log that are in memory at once. */
const pieceBytes = 256 * 1024
/** The magic number of a log whose checksums add up big-endian words; one less for little-endian ones. */
const bigEndianMagic = 0x377f0683

export function logBytes(pageSize: number, frames: number): number {
  return logHeaderBytes + frames * (frameHeaderBytes + pageSize)
}

/**
 * Brings the frames of the live log, exactly up to the pinned commit, into a copy of the main file, as a checkpoint
 * does: each page as its last frame has it. The log's own checksum, summed up over all of them, must be the one of the
 * pinned commit, and the log must not have been begun anew meanwhile.
 */
export async function applyLog(
  database: LiveDatabase,
  { binding, log }: { readonly binding: Binding; readonly log: LogEnd },
  copy: number,
  options: CopyOptions,
): Promise<void> {
  const file = openSync(`${database.path}-wal`, 'r')
  const writeBack = new WriteBack(copy)
  try {
    const sum = new LogSum(await readPiece(file, Buffer.alloc(logHeaderBytes), 0))
    const frameBytes = frameHeaderBytes + binding.pageSize
    const framesAtOnce = Math.max(1, Math.floor(pieceBytes / frameBytes))
    const room = Buffer.allocUnsafe(Math.min(framesAtOnce, log.position.frame) * frameBytes)
    for (let frame = 0; frame < log.position.frame; frame += framesAtOnce) {
      if (options.signal.aborted) throw reasonOf(options.signal)
      const wanted = Math.min(framesAtOnce, log.position.frame - frame) * frameBytes
      const piece = await readPiece(file, room.subarray(0, wanted), logBytes(binding.pageSize, frame))
      if (piece.length < wanted) throw sourceMoved(database, 'its log became shorter')
      for (let at = 0; at < wanted; at += frameBytes)
        applyFrame(piece.subarray(at, at + frameBytes), binding, copy, sum)
      await writeBack.note(wanted)
      options.onProgress(logBytes(binding.pageSize, frame) + wanted)
    }
    await writeBack.finish()
    const header = await readPiece(file, Buffer.alloc(logHeaderBytes), 0)
    if (header.toString('hex') !== log.header) throw sourceMoved(database, 'its log was begun anew')
    if (sum.toString() !== log.position.checksum)
      throw sourceDamaged(database, ['its write-ahead log does not agree with its own checksums'])
  } finally {
    await writeBack.settle()
    // The `-wal` carries no locks of SQLite's: closing it drops none.
    closeSync(file)
  }
}

/** A page beyond the end of the pinned commit was cut off again by a later frame. */
function applyFrame(frame: Buffer, { pageCount, pageSize }: Binding, copy: number, sum: LogSum): void {
  const page = frame.readUInt32BE(0)
  sum.add(frame.subarray(0, 8))
  sum.add(frame.subarray(frameHeaderBytes))
  if (page >= 1 && page <= pageCount)
    writePieceNow(copy, frame.subarray(frameHeaderBytes), (page - 1) * pageSize)
}

/** The cumulative checksum of the log's format: two sums of 32 bits that begin where the log's header ends. */
class LogSum {
  /** Whether it adds up words as this machine has them. */
  readonly #native: boolean
  #first: number
  #second: number

  constructor(header: Buffer) {
    this.#native = (header.readUInt32BE(0) === bigEndianMagic) === (endianness() === 'BE')
    this.#first = header.readUInt32BE(24) | 0
    this.#second = header.readUInt32BE(28) | 0
  }

  /** A multiple of 8 bytes. */
  add(bytes: Buffer): void {
    const native = this.#native ? bytes : Buffer.from(bytes).swap32()
    const words = new Uint32Array(native.buffer, native.byteOffset, native.length / 4)
    let first = this.#first
    let second = this.#second
    for (let at = 0; at < words.length; at += 2) {
      first = (first + words[at]! + second) | 0
      second = (second + words[at + 1]! + first) | 0
    }
    this.#first = first
    this.#second = second
  }

  /** As the last frame of a commit has it, hexadecimal. */
  toString(): string {
    const bytes = Buffer.alloc(8)
    bytes.writeInt32BE(this.#first, 0)
    bytes.writeInt32BE(this.#second, 4)
    return bytes.toString('hex')
  }
}
