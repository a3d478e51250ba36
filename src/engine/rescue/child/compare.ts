import type { Identities } from '../job.ts'
import { ask } from './channel.ts'
import type { FoundRow } from './scan.ts'

export interface ComparedRow extends FoundRow {
  /** Whether the live database doesn't have it now; null when that isn't known. */
  readonly missing: boolean | null
}

/** Asks about so many rows at once; `only` lets those through that are missing. */
export function* compared(
  rows: Iterable<FoundRow>,
  compare: 'no' | 'mark' | 'only',
  batch: number,
): Generator<ComparedRow> {
  if (compare === 'no') {
    for (const row of rows) yield { ...row, missing: null }
    return
  }
  let waiting: FoundRow[] = []
  for (const row of rows) {
    waiting.push(row)
    if (waiting.length < batch) continue
    yield* answered(waiting, compare)
    waiting = []
  }
  if (waiting.length > 0) yield* answered(waiting, compare)
}

function* answered(rows: readonly FoundRow[], compare: 'mark' | 'only'): Generator<ComparedRow> {
  const identities: Identities = rows.map(({ identity }) => identity)
  const missing = ask({ identities }) as readonly (boolean | null)[] | null
  for (const [index, row] of rows.entries()) {
    const isMissing = missing?.[index] ?? null
    if (compare === 'mark' || isMissing === true) yield { ...row, missing: isMissing }
  }
}
