import type { Run } from '../backup.ts'
import type { Actor, ScheduleNote } from '../engine.ts'
import { appendLines, readLines, rewriteLines } from './json-lines.ts'
import { withLogLock } from './lock.ts'
import { ownFiles } from './names.ts'
import type { Place } from './place.ts'

/** Finished runs that are kept. */
const keptRuns = 400
const keptSchedules = 100
/** Lines after which the log is written anew. */
const compactAt = 1_000

/** A run that was begun. Without an end it is running, or was killed. */
export interface StartedRun {
  readonly run: Run
  readonly actor: Actor
  /** How many backups it meant to make; a killed run that published as many did complete. */
  readonly expected: number
}

type Line =
  | ({ readonly kind: 'start' } & StartedRun)
  | { readonly kind: 'end'; readonly run: Run }
  | ({ readonly kind: 'schedule' } & ScheduleNote)
  /** What lies before was dropped when the log was written anew. */
  | { readonly kind: 'since'; readonly at: string }

export interface RunLog {
  /** Newest first. */
  readonly finished: readonly Run[]
  /** Begun and not ended, oldest first. */
  readonly open: readonly StartedRun[]
  /** Oldest first. */
  readonly schedules: readonly ScheduleNote[]
  readonly since: string | null
}

export function readRunLog(place: Place): RunLog {
  return fold(readLines<Line>(place, ownFiles.runs))
}

export async function logStart(place: Place, started: StartedRun): Promise<void> {
  await append(place, { kind: 'start', ...started })
}

export async function logEnd(place: Place, run: Run): Promise<void> {
  await append(place, { kind: 'end', run })
}

export async function logSchedule(place: Place, note: ScheduleNote): Promise<void> {
  await append(place, { kind: 'schedule', ...note })
}

async function append(place: Place, line: Line): Promise<void> {
  await withLogLock(place, () => {
    appendLines(place, ownFiles.runs, [line])
    const lines = readLines<Line>(place, ownFiles.runs)
    if (lines.length > compactAt) rewriteLines(place, ownFiles.runs, compact(lines))
  })
}

function fold(lines: readonly Line[]): RunLog {
  const finished = new Map<string, Run>()
  const open = new Map<string, StartedRun>()
  const schedules: ScheduleNote[] = []
  let since: string | null = null
  for (const line of lines) {
    since ??= momentOf(line)
    if (line.kind === 'start') open.set(line.run.id, line)
    if (line.kind === 'end') {
      open.delete(line.run.id)
      finished.delete(line.run.id)
      finished.set(line.run.id, line.run)
    }
    if (line.kind === 'schedule')
      schedules.push({ at: line.at, enabled: line.enabled, schedule: line.schedule })
  }
  return {
    finished: [...finished.values()].reverse().slice(0, keptRuns),
    open: [...open.values()],
    schedules,
    since,
  }
}

function momentOf(line: Line): string | null {
  return (line.kind === 'start' || line.kind === 'end' ? line.run.startedAt : line.at) ?? null
}

function compact(lines: readonly Line[]): readonly Line[] {
  const log = fold(lines)
  const dropped = new Set(lines.flatMap((line) => (line.kind === 'end' ? [line.run.id] : []))).size > keptRuns
  const since = dropped ? (log.finished.at(-1)?.startedAt ?? log.since) : log.since
  return [
    ...(since === null ? [] : [{ kind: 'since', at: since } as const]),
    ...log.schedules.slice(-keptSchedules).map((note) => ({ kind: 'schedule', ...note }) as const),
    ...[...log.finished].reverse().map((run) => ({ kind: 'end', run }) as const),
    ...log.open.map(({ run, actor, expected }) => ({ kind: 'start', run, actor, expected }) as const),
  ]
}
