import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Backup, Trigger } from '../../src/engine/backup.ts'
import { planRetention } from '../../src/engine/plan-retention.ts'
import { previewRetention } from '../../src/engine/preview-retention.ts'
import type { RetentionCandidate, RetentionRules } from '../../src/engine/retention.ts'

const dayMs = 86_400_000
const keepAll: RetentionRules = {
  maxCount: null,
  maxAgeDays: null,
  keepDaily: null,
  keepWeekly: null,
  keepMonthly: null,
  keepYearly: null,
}

interface Made {
  readonly at: string
  readonly trigger?: Trigger
  readonly protected?: boolean
  readonly outcome?: 'passed' | 'failed' | null
}

function candidate(made: Made, sequence: number): RetentionCandidate {
  const outcome = made.outcome === undefined ? 'passed' : made.outcome
  const backup: Backup = {
    name: `b${sequence}`,
    database: 'main',
    runId: `r${sequence}`,
    createdAt: new Date(made.at).toISOString(),
    sizeBytes: 1,
    trigger: made.trigger ?? 'scheduled',
    createdBy: null,
    note: null,
    sha256: null,
    proven: outcome === null ? null : { at: made.at, outcome },
    checked: null,
    protected: made.protected ?? false,
    appVersion: null,
  }
  return { backup, sequence }
}

/** Oldest first, numbered from 1. */
const history = (...made: Made[]) => made.map((one, index) => candidate(one, index + 1))

/** One each day at 02:30 UTC, the last one on the given day. */
const daily = (count: number, last: string) =>
  history(
    ...Array.from({ length: count }, (_, index) => ({
      at: new Date(Date.parse(`${last}T02:30:00Z`) - (count - 1 - index) * dayMs).toISOString(),
    })),
  )

function plan(
  candidates: readonly RetentionCandidate[],
  rules: Partial<RetentionRules>,
  now: string,
  timeZone = 'Europe/Berlin',
) {
  const result = planRetention(candidates, { ...keepAll, ...rules }, { now, timeZone })
  return {
    ...result,
    kept: Object.fromEntries(result.keep.map(({ backup, because }) => [backup.name, because])),
    removed: result.remove.map(({ backup, reason }) => `${backup.name} ${reason}`),
  }
}

describe('a retention plan', () => {
  it('keeps everything that is scheduled while no rule is set', () => {
    const { removed, kept } = plan(daily(3, '2026-06-03'), {}, '2026-06-03T03:00:00Z')
    expect(removed).toEqual([])
    expect(kept).toEqual({ b3: ['no-rule', 'newest-proven'], b2: ['no-rule'], b1: ['no-rule'] })
  })

  it('removes nothing by calendar or age after the clock was set back, although a new backup was made since', () => {
    const before = daily(5, '2026-11-20')
    const since = Array.from({ length: 5 }, (_, index) =>
      candidate({ at: `2025-06-0${index + 1}T02:30:00Z` }, 6 + index),
    )
    for (const rules of [{ keepDaily: 5 }, { keepWeekly: 1, maxAgeDays: 3 }])
      for (let nights = 1; nights <= 5; nights++) {
        const now = `2025-06-0${nights}T02:31:00Z`
        const { removed, clock } = plan([...before, ...since.slice(0, nights)], rules, now)
        expect([removed, clock]).toEqual([[], 'behind'])
      }
  })

  it('counts on after the clock was set back, in the order of making', () => {
    const made = [...daily(2, '2026-11-20'), candidate({ at: '2025-06-01T02:30:00Z' }, 3)]
    expect(plan(made, { maxCount: 2 }, '2025-06-01T02:31:00Z').removed).toEqual(['b1 not-kept'])
  })

  it('keeps the last ones and removes the rest, oldest first', () => {
    const { removed, kept } = plan(daily(5, '2026-06-05'), { maxCount: 3 }, '2026-06-05T03:00:00Z')
    expect(removed).toEqual(['b1 not-kept', 'b2 not-kept'])
    expect(kept.b5).toEqual(['last', 'newest-proven'])
  })

  it('lets each rule cover periods that no earlier rule has covered, as Proxmox does', () => {
    const { kept, removed } = plan(
      daily(40, '2026-06-30'),
      { maxCount: 2, keepDaily: 2, keepWeekly: 2, keepMonthly: 1 },
      '2026-06-30T03:00:00Z',
    )
    // 30 and 29 June are the last two, so the days are 28 and 27, and the weeks begin before that of the 22nd.
    expect(kept).toEqual({
      b40: ['last', 'newest-proven'],
      b39: ['last'],
      b38: ['daily'],
      b37: ['daily'],
      b31: ['weekly'],
      b24: ['weekly'],
      b10: ['monthly'],
    })
    expect(removed).toHaveLength(33)
  })

  it('counts days in the tenant’s zone', () => {
    // 22:30 and 23:30 UTC are both the next day in Berlin in summer.
    const made = history(
      { at: '2026-06-01T21:30:00Z' },
      { at: '2026-06-01T22:30:00Z' },
      { at: '2026-06-02T12:00:00Z' },
    )
    const now = '2026-06-02T12:01:00Z'
    expect(plan(made, { keepDaily: 7 }, now).removed).toEqual(['b2 not-kept'])
    expect(plan(made, { keepDaily: 7 }, now, 'UTC').removed).toEqual(['b1 not-kept'])
  })

  it('counts ISO weeks across the turn of the year', () => {
    // 31 December 2026 and 3 January 2027 lie in week 53 of 2026.
    const made = history(
      { at: '2026-12-31T12:00:00Z' },
      { at: '2027-01-03T12:00:00Z' },
      { at: '2027-01-04T12:00:00Z' },
    )
    expect(plan(made, { keepWeekly: 5 }, '2027-01-04T13:00:00Z').removed).toEqual(['b1 not-kept'])
  })

  it('removes what is too old, but never the newest proven one', () => {
    const { removed, kept } = plan(daily(4, '2026-06-04'), { maxAgeDays: 1 }, '2026-06-30T03:00:00Z')
    expect(removed).toEqual(['b1 too-old', 'b2 too-old', 'b3 too-old'])
    expect(kept).toEqual({ b4: ['newest-proven'] })
  })

  it('neither removes nor counts protected, manual and imported ones', () => {
    const made = history(
      { at: '2026-06-01T00:00:00Z', protected: true },
      { at: '2026-06-02T00:00:00Z', trigger: 'manual' },
      { at: '2026-06-03T00:00:00Z', trigger: 'imported', outcome: null },
      { at: '2026-06-04T00:00:00Z' },
      { at: '2026-06-05T00:00:00Z' },
    )
    const { kept, removed } = plan(made, { maxCount: 1, maxAgeDays: 2 }, '2026-06-05T01:00:00Z')
    expect(removed).toEqual(['b4 not-kept'])
    expect(kept).toMatchObject({ b1: ['protected'], b2: ['manual'], b3: ['imported'] })
  })

  it('lets the grace of backups before something risky end', () => {
    const made = history(
      { at: '2026-06-01T00:00:00Z', trigger: 'before-update' },
      { at: '2026-06-01T00:00:01Z', trigger: 'before-restore' },
      { at: '2026-06-30T00:00:00Z' },
    )
    const one = { maxCount: 1 }
    expect(plan(made, one, '2026-06-30T12:00:00Z').removed).toEqual(['b2 grace-over'])
    expect(plan(made, one, '2026-07-02T12:00:00Z').removed).toEqual(['b1 grace-over', 'b2 grace-over'])
  })

  it('keeps backups before something risky after their grace while no rule is set, and by age like the rest', () => {
    const made = history(
      { at: '2026-06-01T00:00:00Z', trigger: 'before-update' },
      { at: '2026-06-02T00:00:00Z', trigger: 'before-change' },
      { at: '2026-06-03T00:00:00Z', trigger: 'before-restore' },
      { at: '2026-06-30T00:00:00Z' },
    )
    const { removed, kept } = plan(made, {}, '2026-08-01T00:00:00Z')
    expect(removed).toEqual([])
    expect(kept).toMatchObject({ b1: ['no-rule'], b2: ['no-rule'], b3: ['no-rule'] })
    const byAge = plan(made, { maxAgeDays: 60 }, '2026-08-01T12:00:00Z')
    expect(byAge.removed).toEqual(['b1 grace-over', 'b2 grace-over'])
    expect(byAge.kept.b3).toEqual(['no-rule'])
  })

  it('doesn’t count backups before something risky, neither during nor after their grace', () => {
    const made = history(
      { at: '2026-06-28T00:00:00Z' },
      { at: '2026-06-29T00:00:00Z' },
      { at: '2026-06-30T00:00:00Z', trigger: 'before-restore' },
    )
    expect(plan(made, { maxCount: 2 }, '2026-06-30T12:00:00Z').removed).toEqual([])
    const other = history(
      { at: '2026-06-01T00:00:00Z', trigger: 'before-restore' },
      { at: '2026-06-29T00:00:00Z' },
      { at: '2026-06-30T00:00:00Z' },
    )
    expect(plan(other, { maxCount: 3 }, '2026-06-30T12:00:00Z').removed).toEqual(['b1 grace-over'])
  })

  it('doesn’t count a damaged one as kept, and removes it when newer good ones push it out', () => {
    const made = history(
      { at: '2026-06-01T00:00:00Z', outcome: 'failed' },
      { at: '2026-06-02T00:00:00Z' },
      { at: '2026-06-03T00:00:00Z', outcome: 'failed' },
      { at: '2026-06-04T00:00:00Z' },
    )
    expect(plan(made, { maxCount: 2 }, '2026-06-04T01:00:00Z').removed).toEqual(['b1 not-kept'])
    expect(plan(made.slice(0, 1), { maxCount: 1, maxAgeDays: 1 }, '2026-06-20T00:00:00Z').removed).toEqual([])
  })

  it('removes nothing by age and calendar while the clock stands before the newest backup', () => {
    const result = plan(daily(10, '2026-06-10'), { keepDaily: 2, maxAgeDays: 1 }, '2026-06-09T00:00:00Z')
    expect(result.clock).toBe('behind')
    expect(result.removed).toEqual([])
    const counted = plan(daily(4, '2026-06-10'), { maxCount: 2 }, '2026-06-09T00:00:00Z')
    expect(counted.removed).toEqual(['b1 not-kept', 'b2 not-kept'])
  })

  it('removes nothing by age and calendar for a week after the clock has jumped far ahead', () => {
    const made = [...daily(5, '2026-06-05'), candidate({ at: '2036-01-01T02:30:00Z' }, 6)]
    const jumped = plan(made, { maxAgeDays: 7 }, '2036-01-01T02:31:00Z')
    expect(jumped.clock).toBe('ahead')
    expect(jumped.removed).toEqual([])
    expect(plan(daily(5, '2026-06-05'), { maxAgeDays: 7 }, '2036-01-01T02:31:00Z').clock).toBe('ahead')
    const settled = plan(made, { maxAgeDays: 7 }, '2036-01-09T02:31:00Z')
    expect(settled.clock).toBeNull()
    expect(settled.removed).toHaveLength(5)
  })

  it('previews what goes after the next backup of each database', () => {
    const listed = daily(3, '2026-06-03')
    const context = { now: '2026-06-03T12:00:00Z', timeZone: 'UTC', databases: ['main', 'other'] }
    const preview = previewRetention(listed, { ...keepAll, maxCount: 3 }, context)
    expect(preview.remove.map(({ backup }) => backup.name)).toEqual(['b1'])
    expect(preview.keep.map(({ backup }) => backup.name)).toEqual(['b3', 'b2'])
  })
})

const anyRule = fc.option(fc.integer({ min: 1, max: 9 }), { nil: null })
const anyRules = fc.record<RetentionRules>({
  maxCount: anyRule,
  maxAgeDays: anyRule,
  keepDaily: anyRule,
  keepWeekly: anyRule,
  keepMonthly: anyRule,
  keepYearly: anyRule,
})
const anyMoment = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const anyMade = fc.record({
  at: anyMoment,
  trigger: fc.constantFrom<Trigger>(
    'scheduled',
    'scheduled',
    'scheduled',
    'manual',
    'before-update',
    'before-restore',
    'imported',
  ),
  protected: fc.boolean(),
  outcome: fc.constantFrom('passed' as const, 'passed' as const, 'failed' as const, null),
})
/** Moments in any order: a clock that jumps both ways. */
const anyHistory = fc.array(anyMade, { maxLength: 40 }).map((made) => history(...made))

describe('whatever happened and whatever the clock says', () => {
  it('keeps the newest proven backup, and something of what is damaged when nothing is proven', () => {
    fc.assert(
      fc.property(anyHistory, anyRules, anyMoment, (made, rules, now) => {
        const { remove } = planRetention(made, rules, { now, timeZone: 'Europe/Berlin' })
        const gone = new Set(remove.map(({ backup }) => backup.name))
        const newest = made.findLast(({ backup }) => backup.proven?.outcome === 'passed')
        if (newest) expect(gone).not.toContain(newest.backup.name)
        else if (made.some(({ backup }) => backup.trigger === 'scheduled'))
          expect(gone.size).toBeLessThan(made.length)
      }),
    )
  })

  it('gives every backup exactly one verdict, with a reason', () => {
    fc.assert(
      fc.property(anyHistory, anyRules, anyMoment, (made, rules, now) => {
        const { keep, remove } = planRetention(made, rules, { now, timeZone: 'UTC' })
        const names = [...keep, ...remove].map(({ backup }) => backup.name)
        expect(names.sort()).toEqual(made.map(({ backup }) => backup.name).sort())
        for (const { because } of keep) expect(because.length).toBeGreaterThan(0)
      }),
    )
  })

  it('never touches protected, manual and imported ones', () => {
    fc.assert(
      fc.property(anyHistory, anyRules, anyMoment, (made, rules, now) => {
        for (const { backup } of planRetention(made, rules, { now, timeZone: 'UTC' }).remove) {
          expect(backup.protected || ['manual', 'imported'].includes(backup.trigger)).toBe(false)
        }
      }),
    )
  })

  it('keeps at least as many good scheduled ones as the last-rule asks for', () => {
    fc.assert(
      fc.property(anyHistory, fc.integer({ min: 1, max: 9 }), anyMoment, (made, maxCount, now) => {
        const { keep } = planRetention(made, { ...keepAll, maxCount }, { now, timeZone: 'UTC' })
        const counts = ({ backup }: { backup: Backup }) =>
          backup.trigger === 'scheduled' && !backup.protected && backup.proven?.outcome === 'passed'
        expect(keep.filter(counts).length).toBeGreaterThanOrEqual(
          Math.min(maxCount, made.filter(counts).length),
        )
      }),
    )
  })

  it('removes nothing more when it is applied a second time', () => {
    fc.assert(
      fc.property(anyHistory, anyRules, anyMoment, (made, rules, now) => {
        const context = { now, timeZone: 'UTC' }
        const first = planRetention(made, rules, context)
        // A removal can shrink the history that made the clock implausible, or the periods that were covered.
        if (first.clock !== null) return
        const gone = new Set(first.remove.map(({ backup }) => backup))
        const left = made.filter(({ backup }) => !gone.has(backup))
        const again = planRetention(left, rules, context)
        if (again.clock === null) expect(again.remove.map(({ reason }) => reason)).toEqual([])
      }),
    )
  })
})
