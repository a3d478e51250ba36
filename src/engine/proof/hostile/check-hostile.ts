import { extname } from 'node:path'
import { type Limits, runLimited, whyUnanswered } from '../../limited/limited-process.ts'
import { type Findings, type IntegrityAnswer, noFindings } from '../findings.ts'

/** MiB: a whole check takes a cache of 4 MiB and a bit per page; the rest is for schemas with thousands of tables. */
const memoryMib = 192
/** Milliseconds that even the smallest file is granted, unless others are chosen. */
export const leastCheckMs = 60_000
/** Bytes per millisecond of a slow disk. */
const slowest = 10_000

export interface HostileCheck {
  readonly path: string
  readonly sizeBytes: number
}

export interface HostileOptions {
  readonly signal: AbortSignal
  /** Milliseconds that even the smallest file is granted. */
  readonly leastMs: number
}

/** How long the check of a file may take. */
export const deadlineOf = (sizeBytes: number, leastMs: number) => leastMs + Math.ceil(sizeBytes / slowest)

/**
 * The findings about a file that may have been made to do harm, from a process that has limits of its own. One that
 * takes more than those, or kills its process, counts as damaged: nobody could work with it.
 */
export async function checkHostile(
  { path, sizeBytes }: HostileCheck,
  { signal, leastMs }: HostileOptions,
): Promise<Findings> {
  const limits: Limits = { memoryMib, withinMs: deadlineOf(sizeBytes, leastMs) }
  const entry = new URL(`./main${extname(import.meta.url)}`, import.meta.url)
  const end = await runLimited<IntegrityAnswer>(entry, path, limits, { signal })
  if (end.why !== 'answer') return unanswered(end, limits)
  const { answer } = end
  if ('findings' in answer) return answer.findings
  if (answer.code === 'SQLITE_NOMEM') return unanswered({ why: 'memory' }, limits)
  throw Object.assign(new Error(answer.message), { code: answer.code })
}

const unanswered = (...ended: Parameters<typeof whyUnanswered>): Findings => ({
  ...noFindings,
  damage: [whyUnanswered(...ended)],
  atLimit: true,
})
