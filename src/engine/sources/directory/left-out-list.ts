import type { LeftOut, LeftOutReason } from '../../archive.ts'

/** Of each reason so many are named one by one, so that a list never grows beyond what fits into memory. */
export const namedOfEach = 10_000

/** What was left out, in the order in which it was met. */
export class LeftOutList {
  readonly #named: LeftOut[] = []
  readonly #counts = new Map<LeftOutReason, number>()

  add(path: string, reason: LeftOutReason, detail?: string): void {
    const count = (this.#counts.get(reason) ?? 0) + 1
    this.#counts.set(reason, count)
    if (count <= namedOfEach) this.#named.push({ path, reason, ...(detail !== undefined && { detail }) })
  }

  get named(): readonly LeftOut[] {
    return this.#named
  }

  /** Undefined when all of them are named. */
  get more(): Partial<Record<LeftOutReason, number>> | undefined {
    const beyond = [...this.#counts].filter(([, count]) => count > namedOfEach)
    if (beyond.length === 0) return undefined
    return Object.fromEntries(beyond.map(([reason, count]) => [reason, count - namedOfEach]))
  }
}
