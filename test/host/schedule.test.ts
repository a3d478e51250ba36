import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, test } from 'vitest'
import type { Schedule, Weekday } from '../../src/host/contract.ts'
import { dueBetween, nextDue } from '../../src/host/schedule.ts'

const utc = (iso: string): number => DateTime.fromISO(iso, { zone: 'utc' }).toMillis()
const iso = (ms: number, zone = 'utc'): string =>
  DateTime.fromMillis(ms, { zone }).toISO({ suppressMilliseconds: true }) ?? ''
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Africa/Cairo',
  'UTC',
]
const day = (at: string): Schedule => ({ every: 'day', at })

describe('a fixed time of day', () => {
  test.each([
    ['comes later today', 'UTC', '02:30', '2026-01-05T02:29:59.999Z', '2026-01-05T02:30:00Z'],
    ['comes tomorrow when it is now', 'UTC', '02:30', '2026-01-05T02:30:00Z', '2026-01-06T02:30:00Z'],
    [
      'is read on the clock of the zone',
      'Europe/Berlin',
      '02:30',
      '2026-01-05T00:00:00Z',
      '2026-01-05T01:30:00Z',
    ],
    [
      'in the gap comes right after it',
      'Europe/Berlin',
      '02:30',
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:00:00Z',
    ],
    [
      'after the gap comes again as usual',
      'Europe/Berlin',
      '02:30',
      '2026-03-29T01:00:00Z',
      '2026-03-30T00:30:00Z',
    ],
    [
      'that is doubled comes the first time',
      'Europe/Berlin',
      '02:30',
      '2026-10-24T12:00:00Z',
      '2026-10-25T00:30:00Z',
    ],
    [
      'that is doubled comes only once',
      'Europe/Berlin',
      '02:30',
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ],
    [
      'in a gap of half an hour comes after it',
      'Australia/Lord_Howe',
      '02:15',
      '2026-10-03T12:00:00Z',
      '2026-10-03T15:30:00Z',
    ],
    [
      'in a midnight that is skipped comes at one',
      'Asia/Beirut',
      '00:30',
      '2026-03-28T12:00:00Z',
      '2026-03-28T22:00:00Z',
    ],
    [
      'doubled at midnight comes the first time',
      'Asia/Beirut',
      '23:30',
      '2026-10-24T12:00:00Z',
      '2026-10-24T20:30:00Z',
    ],
    [
      'in the summer of the south is read there',
      'America/New_York',
      '02:30',
      '2026-03-08T00:00:00Z',
      '2026-03-08T07:00:00Z',
    ],
  ])('%s', (_title, timeZone, at, after, expected) => {
    expect(iso(nextDue(day(at), { timeZone, after: utc(after), lastStart: null }))).toBe(expected)
  })
})

describe('weeks and months', () => {
  test('come on their weekday, in the zone', () => {
    const schedule: Schedule = { every: 'week', on: 'sunday', at: '00:10' }
    const after = utc('2026-11-20T12:00:00Z')
    expect(
      iso(nextDue(schedule, { timeZone: 'Europe/Berlin', after, lastStart: null }), 'Europe/Berlin'),
    ).toBe('2026-11-22T00:10:00+01:00')
  })

  test('the 31st is the last day in shorter months, also in February', () => {
    const due = dueBetween(
      { every: 'month', on: 31, at: '05:00' },
      'UTC',
      utc('2027-12-31T06:00:00Z'),
      utc('2028-06-01T00:00:00Z'),
    )
    expect(due.map((at) => iso(at).slice(0, 10))).toEqual([
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
      '2028-05-31',
    ])
  })

  test.each([
    ['an unknown zone', day('02:30'), 'Mars/Olympus'],
    ['a time that no clock shows', day('24:00'), 'UTC'],
    ['a day no month has', { every: 'month', on: 32, at: '02:30' } as Schedule, 'UTC'],
    [
      'a weekday that does not exist',
      { every: 'week', on: 'someday' as Weekday, at: '02:30' } as Schedule,
      'UTC',
    ],
    ['an interval of nothing', { every: 'hours', count: 0 } as Schedule, 'UTC'],
    ['an interval of a minute and a half', { every: 'minutes', count: 1.5 } as Schedule, 'UTC'],
  ])('%s is refused', (_title, schedule, timeZone) => {
    expect(() => nextDue(schedule, { timeZone, after: 0, lastStart: null })).toThrow(RangeError)
  })
})

describe('an interval', () => {
  const every6h: Schedule = { every: 'hours', count: 6 }
  test.each([
    [
      'counts from the start of the last run',
      '2026-01-01T10:00:00Z',
      '2026-01-01T08:00:00Z',
      '2026-01-01T14:00:00Z',
    ],
    ['counts from now when nothing ever ran', '2026-01-01T10:00:00Z', null, '2026-01-01T16:00:00Z'],
    [
      'keeps its beat after a long silence',
      '2026-01-09T11:00:00Z',
      '2026-01-01T08:00:00Z',
      '2026-01-09T14:00:00Z',
    ],
    [
      'counts from a start that lies ahead',
      '2026-01-01T10:00:00Z',
      '2026-01-01T11:00:00Z',
      '2026-01-01T17:00:00Z',
    ],
  ])('%s', (_title, after, lastStart, expected) => {
    const question = {
      timeZone: 'UTC',
      after: utc(after),
      lastStart: lastStart === null ? null : utc(lastStart),
    }
    expect(iso(nextDue(every6h, question))).toBe(expected)
  })

  test('is not a calendar', () => {
    expect(dueBetween(every6h, 'UTC', 0, 1e12)).toEqual([])
  })
})

const instants = fc.integer({ min: utc('2024-01-01T00:00:00Z'), max: utc('2029-12-31T00:00:00Z') })
const times = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`)
const calendars: fc.Arbitrary<Schedule> = fc.oneof(
  times.map((at): Schedule => ({ every: 'day', at })),
  fc
    .tuple(fc.constantFrom<Weekday>('monday', 'wednesday', 'sunday'), times)
    .map(([on, at]): Schedule => ({ every: 'week', on, at })),
  fc.tuple(fc.integer({ min: 1, max: 31 }), times).map(([on, at]): Schedule => ({ every: 'month', on, at })),
)

describe('in every zone', () => {
  test('the next moment lies after, and none lies between', () => {
    fc.assert(
      fc.property(calendars, fc.constantFrom(...zones), instants, (schedule, timeZone, after) => {
        const next = nextDue(schedule, { timeZone, after, lastStart: null })
        expect(next).toBeGreaterThan(after)
        expect(nextDue(schedule, { timeZone, after: next - 1, lastStart: null })).toBe(next)
        expect(dueBetween(schedule, timeZone, after, next)).toEqual([next])
      }),
      { numRuns: 300 },
    )
  })

  test('a time of day comes once on each date, whatever the clocks do', () => {
    fc.assert(
      fc.property(
        times,
        fc.constantFrom(...zones),
        fc.integer({ min: 2024, max: 2028 }),
        (at, timeZone, year) => {
          const start = DateTime.fromObject({ year, month: 1, day: 1 }, { zone: timeZone })
          const due = dueBetween(day(at), timeZone, start.toMillis() - 1, start.endOf('year').toMillis())
          const dates = due.map((moment) => iso(moment, timeZone).slice(0, 10))
          expect(new Set(dates).size).toBe(dates.length)
          expect(dates.length).toBe(start.daysInYear)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('a moment shows the time that was asked for, or the first one after a gap', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(...zones), instants, (at, timeZone, after) => {
        const next = nextDue(day(at), { timeZone, after, lastStart: null })
        const shown = iso(next, timeZone).slice(11, 16)
        if (shown === at) return
        const offset = (ms: number): number => DateTime.fromMillis(ms, { zone: timeZone }).offset
        expect(offset(next - 1)).toBeLessThan(offset(next))
        expect(shown > at).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
