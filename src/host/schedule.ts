import { DateTime, IANAZone } from 'luxon'
import type { Schedule, Weekday } from './contract.ts'

const hour = 3_600_000
const weekdays: readonly Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
]

type IntervalSchedule = Extract<Schedule, { every: 'hours' | 'minutes' }>
type CalendarSchedule = Exclude<Schedule, IntervalSchedule>

export interface DueQuestion {
  /** IANA name of the zone whose clock `at` is read on. */
  readonly timeZone: string
  /** Epoch milliseconds; the answer lies strictly after it. */
  readonly after: number
  /** Start of the last run in epoch milliseconds: what intervals count from. Null counts from `after`. */
  readonly lastStart: number | null
}

/**
 * The first instant, in epoch milliseconds, strictly after `after` at which the schedule is due: the semantics of
 * `Schedule` in the host contract, for hosts that have no calendar of their own. Throws a `RangeError` for an
 * unknown zone or a malformed schedule.
 */
export function nextDue(schedule: Schedule, { timeZone, after, lastStart }: DueQuestion): number {
  if (isInterval(schedule)) return nextOfInterval(schedule, after, lastStart)
  for (const instant of instantsFrom(schedule, zoneOf(timeZone), after)) if (instant > after) return instant
  throw new RangeError('The schedule is never due')
}

/** Every instant after `from` up to and including `to` at which a calendar schedule is due; none for intervals. */
export function dueBetween(schedule: Schedule, timeZone: string, from: number, to: number): number[] {
  if (isInterval(schedule)) return []
  const due: number[] = []
  for (const instant of instantsFrom(schedule, zoneOf(timeZone), from)) {
    if (instant > to) break
    if (instant > from) due.push(instant)
  }
  return due
}

function isInterval(schedule: Schedule): schedule is IntervalSchedule {
  return schedule.every === 'hours' || schedule.every === 'minutes'
}

function nextOfInterval({ every, count }: IntervalSchedule, after: number, lastStart: number | null): number {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError('An interval is a whole number, 1 or more')
  const length = count * (every === 'hours' ? hour : 60_000)
  const from = lastStart ?? after
  return from + length * Math.max(1, Math.floor((after - from) / length) + 1)
}

/** Ascending, without end, beginning before `from`: a gap can move an instant into the next day. */
function* instantsFrom(schedule: CalendarSchedule, zone: IANAZone, from: number): Generator<number> {
  const { hours, minutes } = timeOfDay(schedule.at)
  for (const day of daysFrom(schedule, DateTime.fromMillis(from, { zone })))
    yield instantOf(Date.UTC(day.year, day.month - 1, day.day, hours, minutes), zone)
}

/** Calendar days in UTC, so that stepping from one to the next knows no gaps. */
function* daysFrom(schedule: CalendarSchedule, from: DateTime): Generator<DateTime> {
  const before = DateTime.utc(from.year, from.month, from.day).minus({ days: 1 })
  if (schedule.every === 'month') return yield* monthDaysFrom(schedule.on, before)
  const step = schedule.every === 'week' ? 7 : 1
  let day = schedule.every === 'week' ? before.plus({ days: daysUntil(schedule.on, before.weekday) }) : before
  for (; ; day = day.plus({ days: step })) yield day
}

function* monthDaysFrom(on: number, from: DateTime): Generator<DateTime> {
  if (!Number.isInteger(on) || on < 1 || on > 31) throw new RangeError('A day of the month is 1 to 31')
  for (let month = from.startOf('month'); ; month = month.plus({ months: 1 }))
    yield month.set({ day: Math.min(on, month.daysInMonth ?? on) })
}

function daysUntil(weekday: Weekday, today: number): number {
  const wanted = weekdays.indexOf(weekday) + 1
  if (wanted === 0) throw new RangeError(`No weekday: ${weekday}`)
  return (wanted - today + 7) % 7
}

function timeOfDay(at: string): { readonly hours: number; readonly minutes: number } {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(at)
  if (!parts) throw new RangeError(`No time of day: ${at}`)
  return { hours: Number(parts[1]), minutes: Number(parts[2]) }
}

function zoneOf(name: string): IANAZone {
  const zone = IANAZone.create(name)
  if (!zone.isValid) throw new RangeError(`No time zone: ${name}`)
  return zone
}

/**
 * The instant at which a clock in `zone` shows `wall` (written as if it were UTC): the first one where it shows it
 * twice, the first after the gap where it never does. Offsets lie between -12 and +14 hours, which bounds the search.
 */
function instantOf(wall: number, zone: IANAZone): number {
  const offset = (at: number): number => zone.offset(at) * 60_000
  const offsets = [offset(wall - 14 * hour), offset(wall), offset(wall + 12 * hour)]
  const shown = offsets.map((o) => wall - o).filter((at) => at + offset(at) === wall)
  if (shown.length > 0) return Math.min(...shown)
  let before = wall - Math.max(...offsets)
  let after = wall - Math.min(...offsets)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (middle + offset(middle) < wall) before = middle
    else after = middle
  }
  return after
}
