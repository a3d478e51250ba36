import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Everything, for `npm run test:faults`; otherwise a part that is the same every time and soon done. */
export const full = process.env.FAULTS === 'full'

/** Changes which part is chosen. */
const seed = Number(process.env.FAULTS_SEED ?? 1)

/** A number from 0 up to, but not including, 1; the same row of them for the same name. */
export function randomFor(name: string): () => number {
  let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** All of them when everything is tried, otherwise so many, in their order. */
export function part<T>(all: readonly T[], count: number, name: string): readonly T[] {
  if (full || all.length <= count) return all
  const random = randomFor(name)
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(Math.floor(random() * all.length))
  return all.filter((_, index) => chosen.has(index))
}

/** Numbers for the report of a full run. */
export function report(name: string, numbers: Readonly<Record<string, unknown>>): void {
  if (!full) return
  const folder = fileURLToPath(new URL('../../test-output/faults/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(numbers, null, 2)}\n`)
}
