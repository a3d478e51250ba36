import { describe, expect, it } from 'vitest'
import { InvalidSettings } from '../../src/settings/field-problem.ts'
import {
  changeTenantSettings,
  readOperatorSettings,
  readTenantSettings,
} from '../../src/settings/read-settings.ts'
import { defaultTenantSettings } from '../../src/settings/tenant-settings.ts'

const noLimits = { maxBytes: null, maxCount: null, minIntervalMinutes: null }

function change(value: unknown, limits = noLimits) {
  return changeTenantSettings(defaultTenantSettings, value, limits)
}

function problems(value: unknown, limits: typeof noLimits | Record<string, number | null> = noLimits) {
  try {
    changeTenantSettings(defaultTenantSettings, value, { ...noLimits, ...limits })
  } catch (error) {
    if (error instanceof InvalidSettings) return error.fields
    throw error
  }
  return []
}

describe('changing settings', () => {
  it('leaves what is not sent as it is', () => {
    const changed = change({ retention: { maxAgeDays: 30 } })
    expect(changed).toEqual({
      automatic: defaultTenantSettings.automatic,
      drill: defaultTenantSettings.drill,
      retention: { ...defaultTenantSettings.retention, maxAgeDays: 30 },
    })
  })

  it('switches a rule off with null', () => {
    expect(change({ retention: { maxCount: null } }).retention.maxCount).toBeNull()
  })

  it('keeps the time of day when a daily schedule becomes a weekly one', () => {
    const changed = change({ automatic: { schedule: { every: 'week', on: 'sunday' } } })
    expect(changed.automatic.schedule).toEqual({ every: 'week', on: 'sunday', at: '02:30' })
  })

  it('drops the time of day when the schedule becomes an interval', () => {
    const changed = change({ automatic: { schedule: { every: 'hours', count: 6 } } })
    expect(changed.automatic.schedule).toEqual({ every: 'hours', count: 6 })
  })

  it.each([
    [{ retention: { maxCount: 0 } }, 'retention.maxCount', 'too-small'],
    [{ retention: { keepDaily: -1 } }, 'retention.keepDaily', 'too-small'],
    [{ retention: { maxAgeDays: 1.5 } }, 'retention.maxAgeDays', 'not-whole'],
    [{ retention: { maxCount: 'seven' } }, 'retention.maxCount', 'not-a-number'],
    [{ retention: { maxCount: 1e9 } }, 'retention.maxCount', 'too-large'],
    [{ retention: { keepHourly: 3 } }, 'retention.keepHourly', 'unknown-field'],
    [{ retention: 7 }, 'retention', 'not-an-object'],
    [{ automatic: { enabled: 'yes' } }, 'automatic.enabled', 'not-true-or-false'],
    [{ automatic: { schedule: { every: 'hours', count: 0 } } }, 'automatic.schedule.count', 'too-small'],
    [{ automatic: { schedule: { every: 'hours' } } }, 'automatic.schedule.count', 'required'],
    [{ automatic: { schedule: { at: '24:00' } } }, 'automatic.schedule.at', 'not-a-time'],
    [{ automatic: { schedule: { at: 230 } } }, 'automatic.schedule.at', 'not-a-time'],
    [{ automatic: { schedule: { every: 'fortnight' } } }, 'automatic.schedule.every', 'not-a-choice'],
    [{ automatic: { schedule: { every: 'week', on: 'caturday' } } }, 'automatic.schedule.on', 'not-a-choice'],
    [{ automatic: { schedule: { every: 'month', on: 32 } } }, 'automatic.schedule.on', 'too-large'],
    [{ automatic: { schedule: { every: 'day', on: 'sunday' } } }, 'automatic.schedule.on', 'contradiction'],
    [{ automatic: { schedule: { every: 'day', count: 2 } } }, 'automatic.schedule.count', 'contradiction'],
    [
      { automatic: { schedule: { every: 'minutes', count: 5, at: '02:30' } } },
      'automatic.schedule.at',
      'contradiction',
    ],
    [{ surprise: true }, 'surprise', 'unknown-field'],
    [{ automatic: null }, 'automatic', 'required'],
    ['retention', '', 'not-an-object'],
    [[], '', 'not-an-object'],
    [JSON.parse('{"__proto__": {"polluted": 1}}'), '__proto__', 'unknown-field'],
  ])('refuses %j and names %s as %s', (value, field, problem) => {
    expect(problems(value)).toContainEqual(expect.objectContaining({ field, problem }))
  })

  it('names every field that is wrong, not only the first', () => {
    const fields = problems({ retention: { maxCount: 0, keepDaily: 0 } }).map(({ field }) => field)
    expect(fields).toEqual(expect.arrayContaining(['retention.maxCount', 'retention.keepDaily']))
  })

  it('refuses more backups than the operator allows', () => {
    expect(problems({ retention: { maxCount: 8 } }, { maxCount: 7 })).toEqual([
      { field: 'retention.maxCount', problem: 'above-operator-limit', max: 7 },
    ])
    expect(problems({ retention: { maxCount: null } }, { maxCount: 7 })).toHaveLength(1)
    expect(problems({ retention: { maxCount: 7 } }, { maxCount: 7 })).toEqual([])
    expect(problems({ retention: { maxCount: 4, keepDaily: 4 } }, { maxCount: 7 })).toHaveLength(1)
  })

  it('refuses a schedule that is denser than the operator allows', () => {
    const every = (count: number) => ({ automatic: { enabled: true, schedule: { every: 'minutes', count } } })
    expect(problems(every(59), { minIntervalMinutes: 60 })).toEqual([
      { field: 'automatic.schedule.count', problem: 'too-small', min: 60 },
    ])
    expect(problems(every(60), { minIntervalMinutes: 60 })).toEqual([])
    expect(problems({ automatic: { enabled: false } }, { minIntervalMinutes: 10_000 })).toEqual([])
    expect(problems({ automatic: { enabled: true } }, { minIntervalMinutes: 10_000 })).toEqual([
      { field: 'automatic.schedule.every', problem: 'too-small', min: 10_000 },
    ])
  })
})

describe('reading stored settings', () => {
  it('takes the defaults when nothing was ever stored', () => {
    expect(readTenantSettings(undefined)).toEqual(defaultTenantSettings)
    expect(readOperatorSettings(undefined).limits.maxBytes).toBeNull()
  })

  it('refuses what somebody broke by hand', () => {
    expect(() => readTenantSettings({ automatic: { enabled: true } })).toThrow(InvalidSettings)
    expect(() => readOperatorSettings({ backupsFolder: 'relative/{tenant}' })).toThrow(InvalidSettings)
    for (const backupsFolder of [
      '/one/for/all',
      '/x/{tenant}/../all',
      '/x/{tenant}/..',
      '/./{tenant}',
      '/../{tenant}',
    ])
      expect(() => readOperatorSettings({ backupsFolder })).toThrow(InvalidSettings)
    expect(readOperatorSettings({ backupsFolder: '/x/..a/{tenant}/b.' }).backupsFolder).toBe(
      '/x/..a/{tenant}/b.',
    )
  })

  it('fills in what operators left out', () => {
    const { backupsFolder, limits } = readOperatorSettings({ limits: { maxCount: 3 } })
    expect({ backupsFolder, limits }).toEqual({
      backupsFolder: null,
      limits: { maxBytes: null, maxCount: 3, minIntervalMinutes: null },
    })
  })
})
