import { describe, expect, it } from 'vitest'
import type { Backup, Run } from '../../src/engine/backup.ts'
import type { Inspection } from '../../src/engine/engine.ts'
import { findingsOf, type HealthFacts } from '../../src/service/health.ts'
import { defaultTenantSettings } from '../../src/settings/tenant-settings.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const proven = {
  name: 'a.sqlite',
  proven: { at: '2026-11-20T01:30:00Z', outcome: 'passed' },
  checked: null,
} as Backup
const task = { active: true, schedule: null, paused: null, lastRun: null, nextRunAt: null, link: '/automate' }

/** A tenant in perfect order: automatic backups every night, the last one this morning. */
function facts(
  more: { inspection?: Partial<Inspection> } & Partial<Omit<HealthFacts, 'inspection'>> = {},
): HealthFacts {
  const { inspection, ...rest } = more
  return {
    site: {
      id: 'demo',
      scope: { tenant: 'demo' },
      timeZone: 'Europe/Berlin',
      subjects: ['main'],
      vault: { root: '/srv/demo', folder: '/srv/demo/backups', databases: [] },
    },
    runs: [],
    settings: {
      settings: {
        ...defaultTenantSettings,
        automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } },
      },
      wanted: true,
      task,
      scheduleKnown: true,
      drillTask: null,
      broken: false as const,
    },
    configuresTasks: true,
    lastSuccessAt: '2026-11-20T01:30:00Z',
    clock: null,
    now,
    platform: 'linux',
    ...rest,
    inspection: {
      backups: [{ backup: proven, sequence: 1 }],
      runs: [],
      schedules: [{ at: '2026-11-01T00:00:00Z', enabled: true, schedule: {} }],
      loggedSince: null,
      waiting: null,
      storage: { usedBytes: 1, freeBytes: 100, neededBytes: 50 },
      folder: { exists: true, writable: true, networkFileSystem: null, sameDisk: false, ignored: [] },
      ...inspection,
    },
  }
}

const codes = (more: Parameters<typeof facts>[0]) => findingsOf(facts(more)).map(({ code }) => code)
const { settings } = facts()
const off = { ...settings.settings, automatic: { ...settings.settings.automatic, enabled: false } }
const folder = facts().inspection.folder
const failed = {
  kind: 'create',
  status: 'failed',
  endedAt: '2026-11-20T01:31:00Z',
  error: { code: 'disk-full', message: 'full', hint: 'free' },
} as Run

describe('health', () => {
  it('finds nothing where everything is in order', () => {
    expect(codes({})).toEqual([])
  })

  it.each([
    [
      'automate-paused',
      {
        settings: { ...settings, task: { ...task, paused: { by: 'admin', since: '2026-11-16T13:05:00Z' } } },
      },
    ],
    ['automatic-off', { settings: { ...settings, wanted: false, settings: off } }],
    ['task-inactive', { settings: { ...settings, wanted: true, settings: off } }],
    ['never-run', { inspection: { backups: [], schedules: [] }, lastSuccessAt: null }],
    ['overdue', { lastSuccessAt: '2026-11-18T01:30:00Z' }],
    ['last-run-failed', { runs: [failed] }],
    ['folder-not-writable', { inspection: { folder: { ...folder, writable: false } } }],
    ['disk-full', { inspection: { storage: { usedBytes: 1, freeBytes: 49, neededBytes: 50 } } }],
    ['same-disk', { inspection: { folder: { ...folder, sameDisk: true } } }],
    ['network-folder', { inspection: { folder: { ...folder, networkFileSystem: 'nfs' } } }],
    [
      'ignored-files',
      { inspection: { folder: { ...folder, ignored: [{ name: 'x', reason: 'link' as const }] } } },
    ],
    ['clock-behind', { clock: 'behind' as const }],
    ['invalid-stored-settings', { settings: { ...settings, broken: 'invalid' as const } }],
    ['schedule-elsewhere', { configuresTasks: false }],
    ['platform-untested', { platform: 'win32' as const }],
  ])('says %s', (code, more) => {
    expect(codes(more)).toEqual([code])
  })

  it('names a damaged backup among good ones', () => {
    const damaged = { ...proven, name: 'b.sqlite', proven: { at: '', outcome: 'failed' as const } }
    const inspection = {
      backups: [
        { backup: damaged, sequence: 2 },
        { backup: proven, sequence: 1 },
      ],
    }
    expect(findingsOf(facts({ inspection }))).toEqual([
      { code: 'damaged-backup', severity: 'error', count: 1, name: 'b.sqlite' },
    ])
  })

  it('does not mind a failure that a later run made up for, nor a cancelled run', () => {
    const completed = { ...failed, status: 'completed', error: null } as Run
    const cancelled = { ...failed, status: 'cancelled' } as Run
    expect(codes({ runs: [completed, failed] })).toEqual([])
    expect(codes({ runs: [cancelled, failed] })).toEqual(['last-run-failed'])
  })

  it('waits an hour before it calls a run overdue, and a whole interval for intervals', () => {
    const lastSuccessAt = '2026-11-19T01:30:00Z'
    const due = Date.parse('2026-11-20T01:30:00Z')
    expect(codes({ lastSuccessAt, now: due + 59 * 60_000 })).toEqual([])
    expect(codes({ lastSuccessAt, now: due + 61 * 60_000 })).toEqual(['overdue'])
    const hourly = { every: 'hours', count: 6 } as const
    const six = { ...settings, settings: { ...off, automatic: { enabled: true, schedule: hourly } } }
    expect(codes({ lastSuccessAt, settings: six, now: Date.parse(lastSuccessAt) + 6.5 * 3_600_000 })).toEqual(
      [],
    )
    expect(codes({ lastSuccessAt, settings: six, now: Date.parse(lastSuccessAt) + 7.5 * 3_600_000 })).toEqual(
      ['overdue'],
    )
  })

  it('is not overdue for what was due before automatic backups were switched on', () => {
    const schedules = [{ at: '2026-11-20T10:00:00Z', enabled: true, schedule: {} }]
    expect(codes({ lastSuccessAt: '2026-10-01T00:00:00Z', inspection: { schedules } })).toEqual([])
  })

  it('is never overdue where the host can not say when it is due', () => {
    const unknown = { ...settings, scheduleKnown: false }
    expect(codes({ lastSuccessAt: '2026-10-01T00:00:00Z', settings: unknown })).toEqual([])
  })

  it('says where nothing in a host with its own schedules starts a backup, whatever was wanted before', () => {
    const none = { ...settings, settings: off, wanted: true, scheduleKnown: false }
    expect(findingsOf(facts({ settings: none, configuresTasks: false }))).toEqual([
      { code: 'task-inactive', severity: 'warning', wanted: false },
      { code: 'schedule-elsewhere', severity: 'info', link: '/automate' },
    ])
  })

  it('tells errors first', () => {
    const inspection = { folder: { ...folder, sameDisk: true, writable: false } }
    expect(codes({ inspection, configuresTasks: false })).toEqual([
      'folder-not-writable',
      'same-disk',
      'schedule-elsewhere',
    ])
  })
})
