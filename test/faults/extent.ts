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

/** Two ways in which things can differ. */
interface Kinds<T> {
  readonly first: (one: T) => string
  readonly second: (one: T) => string
  /** How many were chosen before, so that others of the first way come now. */
  readonly before: number
}

/** As `part`, but takes turns among the first kinds, and each time chooses one whose second kind was rare so far. */
export function spread<T>(all: readonly T[], count: number, name: string, kinds: Kinds<T>): readonly T[] {
  if (full || all.length <= count) return all
  const random = randomFor(name)
  const left = all.map((one) => ({ one, order: random() })).sort((a, b) => a.order - b.order)
  const turns = [...new Set(all.map(kinds.first))].sort()
  const seen = new Map<string, number>()
  const chosen: T[] = []
  const rarity = ({ one }: { readonly one: T }) => seen.get(kinds.second(one)) ?? 0
  for (let turn = kinds.before; chosen.length < count && turn < kinds.before + 10 * count; turn++) {
    const fitting = left.filter(({ one }) => kinds.first(one) === turns[turn % turns.length])
    const best = fitting.sort((a, b) => rarity(a) - rarity(b))[0]
    if (best === undefined) continue
    seen.set(kinds.second(best.one), rarity(best) + 1)
    left.splice(left.indexOf(best), 1)
    chosen.push(best.one)
  }
  return chosen
}
