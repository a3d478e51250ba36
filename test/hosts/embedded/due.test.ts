import { describe, expect, test } from 'vitest'
import {
  corrected,
  nextUnsettled,
  sameSchedule,
  scheduleProblem,
} from '../../../hosts/embedded/scheduler/due.ts'
import type { StoredTask } from '../../../hosts/embedded/scheduler/task-store.ts'
import type { Schedule } from '../../../src/host/contract.ts'

const weekly: Schedule = { every: 'week', on: 'sunday', at: '02:30' }
const at = (iso: string): number => Date.parse(iso)
const ran: StoredTask = {
  type: 'sample',
  scope: 'tenant:demo',
  active: true,
  schedule: weekly,
  settledAt: at('2026-11-22T02:30:01Z'),
  countedFrom: at('2026-11-22T02:30:01Z'),
  lastDue: at('2026-11-22T02:30:00Z'),
  lastRun: null,
}
const next = (task: StoredTask, now: string): string =>
  new Date(nextUnsettled(corrected(task, weekly, at(now)), weekly, 'UTC')).toISOString()

describe('what is due next', () => {
  test('is the moment after the one that ran', () => {
    expect(next(ran, '2026-11-22T02:31:00Z')).toBe('2026-11-29T02:30:00.000Z')
  })

  test('stays so when the clock was set back by less than a period', () => {
    expect(next(ran, '2026-11-20T12:00:00Z')).toBe('2026-11-29T02:30:00.000Z')
  })

  test('comes earlier when the clock had been far ahead, but never is the moment that ran last', () => {
    expect(next(ran, '2026-11-10T12:00:00Z')).toBe('2026-11-15T02:30:00.000Z')
    const settled = { ...ran, settledAt: at('2026-11-15T02:30:01Z') }
    expect(next(settled, '2026-11-15T02:31:00Z')).toBe('2026-11-29T02:30:00.000Z')
  })

  test('counts an interval from a start that the clock has not reached again from now', () => {
    const hourly: Schedule = { every: 'hours', count: 1 }
    const now = at('2026-11-10T12:00:00Z')
    const task = corrected({ ...ran, schedule: hourly }, hourly, now)
    expect(nextUnsettled(task, hourly, 'UTC')).toBe(now + 3_600_000)
  })
})

describe('schedules', () => {
  test('are the same whatever the order of their fields', () => {
    expect(sameSchedule({ at: '02:30', on: 'sunday', every: 'week' }, weekly)).toBe(true)
    expect(sameSchedule({ ...weekly, at: '02:31' }, weekly)).toBe(false)
    expect(sameSchedule(null, weekly)).toBe(false)
  })

  test.each([
    [weekly, null],
    [{ every: 'minutes', count: 1 }, null],
    [{ every: 'minutes', count: 1.5 }, /whole/],
    [{ every: 'hours', count: 1e9 }, /at most/],
    [{ every: 'day', at: '2:30' }, /No time of day: 2:30/],
    [{ every: 'month', on: 0, at: '02:30' }, /1 to 31/],
  ] as [Schedule, RegExp | null][])('%j', (schedule, problem) => {
    if (problem === null) expect(scheduleProblem(schedule)).toBeNull()
    else expect(scheduleProblem(schedule)).toMatch(problem)
  })
})
