import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { constants, deflateRaw, deflateRawSync } from 'node:zlib'
import { Slots } from './slots.ts'

const deflate = promisify(deflateRaw)

/** How far back DEFLATE looks: what a piece may refer to in the one before it. */
export const dictionaryBytes = 32 * 1024

/** What is tried before much work goes into bytes that don't shrink, and what counts as not shrinking. */
const probeBytes = 32 * 1024
const worthIt = 0.98
const probeLevel = 1

/** The most that zlib takes: a tenth faster than its default here. */
const memLevel = 9

/** Of a stored block, which has a length of 16 bits. */
const maxStoredBytes = 0xffff

/** An empty last block: ends a row of pieces, none of which knew that it was the last. */
export const lastBlock = Buffer.from([0x03, 0x00])

/** What is no larger is deflated on the spot: to hand it to another thread takes as long, and more of all cores. */
const tinyBytes = 4 * 1024
/** A window of 8 KiB sees all of it, and is made ready faster than one of 32. */
const tinyWindowBits = 13

/** libuv's threads: its default, unless the process was started with others. */
const poolThreads = Number(process.env.UV_THREADPOOL_SIZE ?? 4)

/** Deflating never has all threads of the pool, so that reading, writing and closing never wait for long. */
const deflating = new Slots(Math.max(1, Math.min(availableParallelism() + 1, poolThreads - 2)))

/** The whole of something; null when it does not get smaller. */
export async function deflateWhole(bytes: Buffer, level: number): Promise<Buffer | null> {
  if (level === 0 || !(await shrinks(bytes))) return null
  const packed = bytes.length <= tinyBytes ? deflateTiny(bytes, level) : await run(bytes, { level })
  return packed.length < bytes.length ? packed : null
}

/** One piece of a longer stream, which ends at a whole byte. `before` is the end of the piece before it. */
export async function deflatePiece(
  bytes: Buffer,
  before: Buffer | undefined,
  level: number,
): Promise<Buffer> {
  if (level === 0 || !(await shrinks(bytes))) return storedBlocks(bytes)
  const dictionary = before === undefined ? {} : { dictionary: before }
  return run(bytes, { level, finishFlush: constants.Z_SYNC_FLUSH, ...dictionary })
}

/** From the middle: the beginning of a file often shrinks when nothing else of it does. */
async function shrinks(bytes: Buffer): Promise<boolean> {
  if (bytes.length <= 2 * probeBytes || !looksRandom(bytes)) return true
  const middle = Math.floor((bytes.length - probeBytes) / 2)
  const probe = bytes.subarray(middle, middle + probeBytes)
  return (await run(probe, { level: probeLevel })).length < probe.length * worthIt
}

/** A first look, which costs next to nothing: whether all values of a byte are about as frequent. */
function looksRandom(bytes: Buffer): boolean {
  const sample = 4096
  const start = Math.floor((bytes.length - sample) / 2)
  const counts = new Uint16Array(256)
  for (let at = start; at < start + sample; at++) counts[bytes[at] as number]!++
  let squares = 0
  for (const count of counts) squares += count * count
  // 16 of each would be 65,536, chance makes about 69,600 of it; text has ten times as much.
  return squares < 100_000
}

function run(
  bytes: Buffer,
  options: { readonly level: number; readonly finishFlush?: number; readonly dictionary?: Buffer },
): Promise<Buffer> {
  // Room for all of it, so that one turn on one thread is enough.
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, bytes.length + (bytes.length >> 10) + 64)
  return deflating.with(() => deflate(bytes, { ...options, memLevel, chunkSize }))
}

function deflateTiny(bytes: Buffer, level: number): Buffer {
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, bytes.length + 64)
  return deflateRawSync(bytes, { level, windowBits: tinyWindowBits, chunkSize })
}

function storedBlocks(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += maxStoredBytes) {
    const block = bytes.subarray(at, at + maxStoredBytes)
    const head = Buffer.alloc(5)
    head.writeUInt16LE(block.length, 1)
    head.writeUInt16LE(~block.length & 0xffff, 3)
    parts.push(head, block)
  }
  return Buffer.concat(parts)
}
