import { DateTime } from 'luxon'
import type { Backup, Run } from '../engine/backup.ts'
import type { ScheduleNote } from '../engine/engine.ts'
import type { Schedule } from '../host/contract.ts'
import { dueBetween } from '../host/schedule.ts'
import { isGood } from './health.ts'

/** One day of the tenant. `unknown`: the run log doesn't reach back so far. `none`: nothing was due. */
export interface Day {
  /** yyyy-mm-dd in the tenant's zone. */
  readonly date: string
  readonly state: 'made' | 'failed' | 'missed' | 'none' | 'unknown'
}

export interface HistoryFacts {
  readonly runs: readonly Run[]
  readonly backups: readonly Backup[]
  readonly schedules: readonly ScheduleNote[]
  /** The oldest moment that the run log covers; null when there is no log. */
  readonly loggedSince: string | null
  readonly timeZone: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The last `count` days, oldest first, today last. */
export function daysOf(facts: HistoryFacts, count: number): readonly Day[] {
  const today = DateTime.fromMillis(facts.now, { zone: facts.timeZone }).startOf('day')
  return Array.from({ length: count }, (_, index) => {
    const start = today.minus({ days: count - 1 - index })
    return { date: start.toISODate() ?? '', state: stateOf(facts, start) }
  })
}

function stateOf(facts: HistoryFacts, start: DateTime): Day['state'] {
  const from = start.toMillis()
  const to = start.plus({ days: 1 }).toMillis()
  const within = (time: string | null) => time !== null && Date.parse(time) >= from && Date.parse(time) < to
  const runs = facts.runs.filter(({ kind, endedAt }) => kind === 'create' && within(endedAt))
  const made = facts.backups.some((backup) => isGood(backup) && within(backup.createdAt))
  if (made || runs.some(({ status }) => status === 'completed' || status === 'partial')) return 'made'
  if (runs.some(({ status }) => status === 'failed')) return 'failed'
  if (wasDue(facts, from, Math.min(to, facts.now))) return 'missed'
  const covered = facts.loggedSince !== null && Date.parse(facts.loggedSince) < to
  return covered ? 'none' : 'unknown'
}

/** Whether the schedule in force called for a backup between the two instants. */
function wasDue({ schedules, timeZone }: HistoryFacts, from: number, to: number): boolean {
  return schedules.some(({ at, enabled, schedule }, index) => {
    const begins = Math.max(from, Date.parse(at))
    const ends = Math.min(to, Date.parse(schedules[index + 1]?.at ?? '') || Number.POSITIVE_INFINITY)
    return enabled && begins < ends && callsFor(schedule as Schedule, timeZone, begins, ends)
  })
}

/** An interval calls for one on every day that it covers for longer than itself. */
function callsFor(schedule: Schedule, timeZone: string, from: number, to: number): boolean {
  if (schedule.every === 'minutes') return to - from > schedule.count * 60_000
  if (schedule.every === 'hours') return to - from > schedule.count * 3_600_000
  // The first instant of the day counts, that of the next doesn't.
  return dueBetween(schedule, timeZone, from - 1, to - 1).length > 0
}
