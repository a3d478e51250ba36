import type { TableState } from '../restoring.ts'
import { openImmutable } from '../vault/open-immutable.ts'
import { type SummaryOptions, summarize } from './summarize.ts'

export interface SummaryTask extends Pick<SummaryOptions, 'now' | 'rowCounts'> {
  readonly path: string
  /** Milliseconds for counting. */
  readonly patienceMs: number
}

/** Rows and newest time per table of a finished file, as `summarize` says. */
export function summarizeFile({
  path,
  patienceMs,
  now,
  rowCounts,
}: SummaryTask): ReadonlyMap<string, TableState> {
  const connection = openImmutable(path, { cacheKib: 4_096 })
  try {
    return summarize(connection, { deadline: performance.now() + patienceMs, now, rowCounts })
  } finally {
    connection.close()
  }
}
