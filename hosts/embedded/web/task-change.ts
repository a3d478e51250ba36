import type { Schedule, Weekday } from 'automate-plugin-backup/host'
import { scheduleProblem } from '../scheduler/due.ts'

/** What somebody wants a task to be. */
export interface TaskChange {
  readonly active: boolean
  readonly schedule: Schedule
}

/** JSON may leave fields out, which then stay as they are; a form sends all of them. */
export function changeIn(
  given: unknown,
  before: { readonly active: boolean; readonly schedule: Schedule | null },
): TaskChange | { readonly problem: string } {
  const body = (given ?? {}) as Record<string, unknown>
  const active = activeIn(body.active, before.active)
  const schedule = 'every' in body ? scheduleInForm(body) : (body.schedule ?? before.schedule)
  if (active === null) return { problem: 'active: true or false' }
  if (typeof schedule !== 'object' || schedule === null) return { problem: 'schedule: an object' }
  const clean = cleanSchedule(schedule as Record<string, unknown>)
  if (clean === null) return { problem: 'schedule.every: day, week, month, hours or minutes' }
  const problem = scheduleProblem(clean)
  return problem === null ? { active, schedule: clean } : { problem: `schedule: ${problem}` }
}

/** A form's checkbox comes after its explicit "false". */
function activeIn(value: unknown, before: boolean): boolean | null {
  const last = Array.isArray(value) ? value.at(-1) : value
  if (last === undefined) return before
  if (last === true || last === 'true') return true
  return last === false || last === 'false' ? false : null
}

function scheduleInForm(body: Record<string, unknown>): Record<string, unknown> {
  const { every, at, count } = body
  const on = every === 'week' ? body.weekday : Number(body.day)
  return { every, at, on, count: Number(count) }
}

/** Only what belongs to the kind of schedule. Null when there is no such kind. */
function cleanSchedule({ every, at, on, count }: Record<string, unknown>): Schedule | null {
  const time = typeof at === 'string' ? at : ''
  if (every === 'day') return { every, at: time }
  if (every === 'week') return { every, on: String(on) as Weekday, at: time }
  if (every === 'month') return { every, on: typeof on === 'number' ? on : Number.NaN, at: time }
  if (every === 'hours' || every === 'minutes')
    return { every, count: typeof count === 'number' ? count : Number.NaN }
  return null
}
