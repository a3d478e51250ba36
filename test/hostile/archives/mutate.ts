import { seeds } from './corpus.ts'

/** What breaks arithmetic. */
const odd = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]
const originals = seeds.map((make) => make())
/** Everything that a header of an archive begins with. */
const signature = Buffer.from('PK', 'latin1')
/** How far behind its signature a header's fields reach. */
const headerBytes = 60

type Random = () => number

/** The same archive for the same number, changed in one to four places. */
export function mutated(number: number): Buffer {
  const random = randomFrom(number)
  let bytes: Buffer = Buffer.from(pick(originals, random))
  const changes = 1 + Math.floor(random() * 4)
  for (let change = 0; change < changes && bytes.length > 0; change++)
    bytes = pick(ways, random)(bytes, random)
  return bytes
}

const ways: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  flipBit,
  flipBit,
  (bytes, random) => put(bytes, place(bytes, random), pick(odd, random) & 0xff, 1),
  (bytes, random) => put(bytes, place(bytes, random), pick(odd, random) & 0xffff, 2),
  (bytes, random) => put(bytes, place(bytes, random), pick(odd, random), 4),
  (bytes, random) => put(bytes, place(bytes, random), Math.floor(random() * bytes.length), 4),
  (bytes, random) => splice(bytes, place(bytes, random), length(random), Buffer.alloc(0)),
  (bytes, random) => splice(bytes, place(bytes, random), 0, part(bytes, random)),
  (bytes, random) => splice(bytes, place(bytes, random), length(random), part(bytes, random)),
  (bytes, random) => splice(bytes, place(bytes, random), 0, part(pick(originals, random), random)),
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
]

function flipBit(bytes: Buffer, random: Random): Buffer {
  const at = place(bytes, random)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  return bytes
}

function put(bytes: Buffer, at: number, value: number, size: number): Buffer {
  if (at + size <= bytes.length) bytes.writeUIntLE(value, at, size)
  return bytes
}

function splice(bytes: Buffer, at: number, removed: number, added: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)])
}

function part(bytes: Buffer, random: Random): Buffer {
  const at = place(bytes, random)
  return bytes.subarray(at, at + length(random))
}

/** Mostly within a header: elsewhere a change is only another checksum. */
function place(bytes: Buffer, random: Random): number {
  const anywhere = Math.floor(random() * bytes.length)
  const header = bytes.lastIndexOf(signature, anywhere)
  if (header < 0 || random() < 0.2) return anywhere
  return Math.min(bytes.length - 1, header + Math.floor(random() * headerBytes))
}

const length = (random: Random) => 1 + Math.floor(random() ** 3 * 200)

function pick<T>(all: readonly T[], random: Random): T {
  return all[Math.floor(random() * all.length)] as T
}

/** Numbers from 0 up to, but not including, 1. */
function randomFrom(number: number): Random {
  let state = Math.imul(number + 1, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
