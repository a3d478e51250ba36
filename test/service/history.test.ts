import { describe, expect, it } from 'vitest'
import type { Backup, Run } from '../../src/engine/backup.ts'
import { daysOf, type HistoryFacts } from '../../src/service/history.ts'

const zone = 'Europe/Berlin'
const now = Date.parse('2026-11-20T12:00:00Z')
const nightly = { every: 'day', at: '02:30' }

function facts(more: Partial<HistoryFacts>): HistoryFacts {
  return { runs: [], backups: [], schedules: [], loggedSince: null, timeZone: zone, now, ...more }
}

function run(endedAt: string, status: Run['status']): Run {
  return { kind: 'create', status, endedAt, startedAt: endedAt } as Run
}

function states(more: Partial<HistoryFacts>, days = 4): string[] {
  return daysOf(facts(more), days).map(({ date, state }) => `${date} ${state}`)
}

describe('the strip of days', () => {
  it('says unknown where the run log does not reach', () => {
    expect(states({ loggedSince: '2026-11-19T08:00:00Z' })).toEqual([
      '2026-11-17 unknown',
      '2026-11-18 unknown',
      '2026-11-19 none',
      '2026-11-20 none',
    ])
  })

  it("counts a run on the tenant's day, not on the day in UTC", () => {
    const runs = [run('2026-11-18T23:30:00Z', 'completed')]
    expect(states({ runs, loggedSince: '2026-11-01T00:00:00Z' })).toContain('2026-11-19 made')
  })

  it('says made when a later run of the day succeeded, failed when none did', () => {
    const runs = [
      run('2026-11-18T01:30:00Z', 'failed'),
      run('2026-11-18T09:00:00Z', 'completed'),
      run('2026-11-19T01:30:00Z', 'failed'),
      run('2026-11-20T01:30:00Z', 'cancelled'),
    ]
    expect(states({ runs, loggedSince: '2026-11-01T00:00:00Z' }).slice(1)).toEqual([
      '2026-11-18 made',
      '2026-11-19 failed',
      '2026-11-20 none',
    ])
  })

  it('says missed for a day on which the schedule in force called for a backup', () => {
    const schedules = [
      { at: '2026-11-18T12:00:00Z', enabled: true, schedule: nightly },
      { at: '2026-11-19T12:00:00Z', enabled: false, schedule: nightly },
    ]
    expect(states({ schedules, loggedSince: '2026-11-18T12:00:00Z' })).toEqual([
      '2026-11-17 unknown',
      '2026-11-18 none',
      '2026-11-19 missed',
      '2026-11-20 none',
    ])
  })

  it('does not call a day missed whose time has not come yet', () => {
    const schedules = [{ at: '2026-11-20T00:00:00Z', enabled: true, schedule: { every: 'day', at: '23:00' } }]
    expect(states({ schedules, loggedSince: '2026-11-20T00:00:00Z' }, 1)).toEqual(['2026-11-20 none'])
  })

  it('shows a proven backup of a day that the log has forgotten', () => {
    const backups = [{ createdAt: '2026-11-17T02:00:00Z', proven: { at: '', outcome: 'passed' } } as Backup]
    expect(states({ backups })[0]).toBe('2026-11-17 made')
  })

  it('has thirty different dates over a change of clocks', () => {
    const dates = daysOf(facts({ now: Date.parse('2026-11-05T23:30:00Z') }), 30).map(({ date }) => date)
    expect(new Set(dates).size).toBe(30)
    expect(dates.at(-1)).toBe('2026-11-06')
  })
})
