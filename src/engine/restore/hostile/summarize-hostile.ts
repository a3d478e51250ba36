import { extname } from 'node:path'
import { runLimited } from '../../limited/limited-process.ts'
import type { TableState } from '../../restoring.ts'
import { summaryStopped } from '../refusals.ts'
import type { SummaryTask } from '../summarize-file.ts'

export type SummaryAnswer =
  | { readonly tables: readonly (readonly [table: string, state: TableState])[] }
  | { readonly code: string; readonly message: string }

/** Counting itself gives up sooner: this is for a table that keeps it busy by itself. */
const limits = { memoryMib: 192, withinMs: 60_000 }

/**
 * What is in a file that may have been made to do harm, from a process that has limits of its own. Rejects
 * `look-stopped` at one of them, and with the error of SQLite for a file that can't be read.
 */
export async function summarizeHostile(
  task: SummaryTask,
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, TableState>> {
  const entry = new URL(`./main${extname(import.meta.url)}`, import.meta.url)
  const end = await runLimited<SummaryAnswer>(entry, task, limits, { signal })
  if (end.why !== 'answer') throw summaryStopped(end.why)
  const { answer } = end
  if ('tables' in answer) return new Map(answer.tables)
  if (answer.code === 'SQLITE_NOMEM') throw summaryStopped('memory')
  throw Object.assign(new Error(answer.message), { code: answer.code })
}
