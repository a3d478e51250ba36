import { createCipheriv } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const files = 10_000
const perFolder = 100
const mebibyte = 1024 * 1024
const poolBytes = 24 * mebibyte

/** How many of a hundred files are of what; sizes alike. */
const shares = { text: 40, json: 25, packed: 35 } as const
type Kind = keyof typeof shares

/**
 * Writes 10,000 files of so many MiB together, the same every time: a few large ones, some of a few MiB, most small; text,
 * JSON, and what is packed already. Returns the bytes.
 */
export function makeTree(root: string, mebibytes: number): number {
  const random = randomFrom(1)
  const pools = { text: textPool(random), json: jsonPool(random), packed: noise(poolBytes) }
  const weights = Array.from({ length: files }, (_, index) => weightOf(index, random))
  const scale = (mebibytes * mebibyte) / weights.reduce((sum, weight) => sum + weight, 0)
  let total = 0
  for (const [index, weight] of weights.entries()) {
    const folder = join(root, `folder-${Math.floor(index / perFolder)}`)
    if (index % perFolder === 0) mkdirSync(folder, { recursive: true })
    const size = Math.max(1, Math.round(weight * scale))
    const kind = kindOf(index)
    writeFileSync(join(folder, `${kind}-${index}`), slice(pools[kind], size, random))
    total += size
  }
  return total
}

/** Four in ten thousand have a tenth of all, one in a hundred a third. */
function weightOf(index: number, random: () => number): number {
  if (index % 2500 === 7) return 250 * (0.8 + 0.4 * random())
  if (index % 100 === 3) return 33 * (0.5 + random())
  return 0.1 + random() ** 2 * 1.5
}

function kindOf(index: number): Kind {
  const place = (index * 37) % 100
  return place < shares.text ? 'text' : place < shares.text + shares.json ? 'json' : 'packed'
}

/** Longer than the pool: what comes from it again lies too far back for anything to notice. */
function slice(pool: Buffer, size: number, random: () => number): Buffer {
  const parts: Buffer[] = []
  for (let left = size; left > 0; ) {
    const from = Math.floor(random() * (pool.length - 1))
    const part = pool.subarray(from, from + left)
    parts.push(part)
    left -= part.length
  }
  return Buffer.concat(parts)
}

/** Words as frequent as in a language: a few everywhere, most hardly ever. */
function textPool(random: () => number): Buffer {
  const letters = 'etaoinshrdlucmfwypvbgkjqxz'
  const word = () =>
    Array.from({ length: 2 + Math.floor(random() * 9) }, () => letters[Math.floor(random() ** 2 * 26)]).join(
      '',
    )
  const words = Array.from({ length: 20_000 }, word)
  return pool(() => {
    const sentence = Array.from({ length: 12 }, () => words[Math.floor(random() ** 4 * words.length)])
    return `${sentence.join(' ')}${random() < 0.2 ? '.\n' : ' '}`
  })
}

function jsonPool(random: () => number): Buffer {
  let id = 0
  return pool(() => {
    const time = new Date(1.6e12 + random() * 1e11).toISOString()
    const value = { id: id++, time, active: random() < 0.5, price: Math.round(random() * 1e6) / 100 }
    return `${JSON.stringify({ ...value, customer: `customer-${Math.floor(random() * 5000)}` })},\n`
  })
}

function pool(next: () => string): Buffer {
  const bytes = Buffer.alloc(poolBytes)
  for (let at = 0; at < poolBytes; ) at += bytes.write(next(), at, 'latin1') || poolBytes
  return bytes
}

/** As random as what was packed by others, and the same every time. */
function noise(bytes: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(bytes))
}

/** Numbers from 0 up to, but not including, 1. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
