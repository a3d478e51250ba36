import { extname } from 'node:path'
import type { CheckUp } from '../archiving/check-up.ts'
import { type Limits, runLimited, whyUnanswered } from '../limited/limited-process.ts'

/** MiB: an entry takes about one KiB while it is looked at, so half a million of them and more. */
const heapMib = 640
const memoryMib = 1_024
/** Milliseconds that even the smallest archive is granted, unless others are chosen. */
const leastCheckMs = 60_000
/** Packed bytes per millisecond: what is in them may be many times as much. */
const slowest = 2_000
/** The same of tiny files, where each takes longer than its bytes; so many bytes are as many files as fit the memory. */
const slowestTiny = 250
const mostTiny = 256 * 1024 * 1024

export interface ArchiveCheck {
  readonly path: string
  readonly sizeBytes: number
}

/**
 * What comes of looking at an archive that may have been made to do harm, in a process that has limits of its own. Who
 * takes more than those, or kills its process, is refused. Rejects only when `signal` aborts.
 */
export async function checkArchive(
  { path, sizeBytes }: ArchiveCheck,
  { signal, leastMs = leastCheckMs }: { readonly signal: AbortSignal; readonly leastMs?: number | undefined },
): Promise<CheckUp | { readonly stopped: string }> {
  const limits: Limits = { memoryMib, heapMib, withinMs: deadlineOf(sizeBytes, leastMs) }
  const entry = new URL(`./main${extname(import.meta.url)}`, import.meta.url)
  const end = await runLimited<CheckUp>(entry, path, limits, { signal })
  return end.why === 'answer' ? end.answer : { stopped: whyUnanswered(end, limits) }
}

/** How long the check may take. */
function deadlineOf(sizeBytes: number, leastMs: number): number {
  return leastMs + Math.ceil(sizeBytes / slowest + Math.min(sizeBytes, mostTiny) / slowestTiny)
}
