import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { full } from './extent.ts'

/** What one part of a full run has counted. Counts of the same name are added up over all parts. */
export interface PartNumbers {
  /** False while it runs, and for ever when it was ended before its end. */
  readonly complete: boolean
  /** Why it can't run on this machine; null when it can. */
  readonly notRun: string | null
  readonly counts: Readonly<Record<string, number>>
  /** Promises that were not kept. */
  readonly found: readonly string[]
  /** Planted faults and what gave them away. */
  readonly caught?: Readonly<Record<string, string>>
}

/** Milliseconds between two writings while a part runs. */
const writeEveryMs = 1_000

export const partFolder = fileURLToPath(new URL('../../test-output/faults/', import.meta.url))

/** Counts what a test file does, and keeps that on the disk while it runs. Does nothing in a short run. */
export class PartReport {
  readonly #name: string
  readonly #notRun: string | null
  readonly #counts: Record<string, number> = { violations: 0 }
  readonly #found: string[] = []
  readonly #caught: Record<string, string> = {}
  #writtenAt = Number.NEGATIVE_INFINITY

  constructor(name: string, notRun: string | null) {
    this.#name = name
    this.#notRun = notRun
    this.#write(false)
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      this.#counts[name] = (this.#counts[name] ?? 0) + count
    }
    if (performance.now() - this.#writtenAt > writeEveryMs) this.#write(false)
  }

  complain(violations: readonly string[]): void {
    this.#found.push(...violations)
    this.add({ violations: violations.length })
  }

  catch(planted: string, complaint: string): void {
    this.#caught[planted] = complaint
    this.add({ plantedCaught: 1 })
  }

  /** All of the part was tried. */
  close(): void {
    this.#write(true)
  }

  #write(complete: boolean): void {
    if (!full) return
    this.#writtenAt = performance.now()
    const numbers: PartNumbers = {
      complete,
      notRun: this.#notRun,
      counts: this.#counts,
      found: this.#found,
      ...(Object.keys(this.#caught).length > 0 && { caught: this.#caught }),
    }
    mkdirSync(partFolder, { recursive: true })
    const file = join(partFolder, `${this.#name}.json`)
    writeFileSync(`${file}.new`, `${JSON.stringify(numbers, null, 2)}\n`)
    renameSync(`${file}.new`, file)
  }
}

/** The report of the test file with that address. */
export function partReport(address: string, notRun: string | null): PartReport {
  return new PartReport(basename(fileURLToPath(address), '.test.ts'), notRun)
}
