import type { Schedule } from 'automate-plugin-backup/host'
import { nextDue } from 'automate-plugin-backup/schedule'
import type { StoredTask } from './task-store.ts'

const hour = 3_600_000

/**
 * How far ahead of the clock a settled instant is believed: when the clock was set back by less, what ran already
 * doesn't run again; when by more, it was wrong before and waiting for it would be silence.
 */
const believedAhead = { day: 26 * hour, week: 8 * 24 * hour, month: 32 * 24 * hour } as const

/** The task with what it remembers of a clock that has since been set back corrected. */
export function corrected(task: StoredTask, schedule: Schedule, now: number): StoredTask {
  const ahead = isInterval(schedule) ? 0 : believedAhead[schedule.every]
  const settledAt = task.settledAt > now + ahead ? now : task.settledAt
  const countedFrom = task.countedFrom === null ? null : Math.min(task.countedFrom, now)
  return settledAt === task.settledAt && countedFrom === task.countedFrom
    ? task
    : { ...task, settledAt, countedFrom }
}

/** The first moment that has not been started yet. It may lie in the past. */
export function nextUnsettled(task: StoredTask, schedule: Schedule, timeZone: string): number {
  const due = nextDue(schedule, { timeZone, after: task.settledAt, lastStart: task.countedFrom })
  if (due !== task.lastDue || isInterval(schedule)) return due
  return nextDue(schedule, { timeZone, after: due, lastStart: task.countedFrom })
}

export function sameSchedule(one: Schedule | null, other: Schedule): boolean {
  return one !== null && canonical(one) === canonical(other)
}

/** What is wrong with a schedule from outside, in words, or null. */
export function scheduleProblem(schedule: Schedule): string | null {
  if (isInterval(schedule) && schedule.count > 100_000) return 'An interval is at most 100000'
  try {
    nextDue(schedule, { timeZone: 'UTC', after: 0, lastStart: null })
    return null
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
}

function isInterval(schedule: Schedule): schedule is Extract<Schedule, { every: 'hours' | 'minutes' }> {
  return schedule.every === 'hours' || schedule.every === 'minutes'
}

function canonical(schedule: Schedule): string {
  return JSON.stringify(Object.entries(schedule).sort(([a], [b]) => (a < b ? -1 : 1)))
}
