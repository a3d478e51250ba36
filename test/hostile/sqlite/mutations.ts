import { pageSize } from './make.ts'

/** Numbers that are the same for the same seed on every machine. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const nasty = [0, 1, 0x7f, 0x80, 0xff]
const nastyWords = [0, 1, 2, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

type Mutation = (bytes: Buffer, random: (below: number) => number) => Buffer

const inPlace =
  (change: (bytes: Buffer, random: (below: number) => number) => void): Mutation =>
  (bytes, random) => {
    change(bytes, random)
    return bytes
  }

const pageOf = (bytes: Buffer, random: (below: number) => number) =>
  random(Math.max(1, Math.floor(bytes.length / pageSize))) * pageSize

/** The kinds of change, each of them where it hurts. */
const kinds: readonly Mutation[] = [
  inPlace((bytes, random) => bytes.writeUInt8(nasty[random(nasty.length)]!, random(100))),
  inPlace((bytes, random) =>
    bytes.writeUInt32BE(nastyWords[random(nastyWords.length)]!, 16 + 4 * random(20)),
  ),
  // The head of a page and its cell pointers.
  inPlace((bytes, random) => bytes.writeUInt8(random(256), pageOf(bytes, random) + random(64))),
  inPlace((bytes, random) => bytes.writeUInt16BE(random(65536), pageOf(bytes, random) + 1 + random(60))),
  inPlace((bytes, random) =>
    bytes.writeUInt32BE(
      random(Math.ceil(bytes.length / pageSize) + 2),
      pageOf(bytes, random) + 4 * random(4),
    ),
  ),
  inPlace((bytes, random) => bytes.writeUInt8(bytes[0]! ^ (1 << random(8)), random(bytes.length))),
  inPlace((bytes, random) => {
    const at = random(bytes.length - 600)
    bytes.fill(nasty[random(nasty.length)]!, at, at + 1 + random(500))
  }),
  // One page over another.
  inPlace((bytes, random) => {
    const from = pageOf(bytes, random)
    bytes.copy(bytes, pageOf(bytes, random), from, from + pageSize)
  }),
  // The text of the schema.
  inPlace((bytes, random) => bytes.writeUInt8(32 + random(96), pageSize - 1 - random(600))),
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
]

/** A database with one to eight changes. The same for the same seed. */
export function mutated(bytes: Buffer, seed: number): Buffer {
  const random = randomFrom(seed)
  let copy: Buffer = Buffer.from(bytes)
  for (let left = 1 + random(8); left > 0 && copy.length > 2 * pageSize; left--)
    copy = kinds[random(kinds.length)]!(copy, random)
  return copy
}
