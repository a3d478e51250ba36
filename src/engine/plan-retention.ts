import { DateTime } from 'luxon'
import type { Backup, Trigger } from './backup.ts'
import type {
  KeepReason,
  RetentionCandidate,
  RetentionPlan,
  RetentionReason,
  RetentionRules,
} from './retention.ts'

/** Everything that a plan depends on besides the backups and the rules. */
export interface RetentionContext {
  /** ISO 8601. */
  readonly now: string
  /** IANA zone in which days, weeks, months and years begin. */
  readonly timeZone: string
}

const dayMs = 86_400_000

/** Days for which backups made before something risky stay, whatever the rules say. */
export const graceDays: Readonly<Partial<Record<Trigger, number>>> = {
  'before-update': 30,
  'before-change': 30,
  'before-restore': 7,
}

/**
 * A step of more than three monthly backups between two neighbours is more likely a wrong clock than a pause. Until
 * the clock has gone on for `settleDays` after such a step, no rule of age or calendar removes anything.
 */
export const implausibleGapDays = 92
export const settleDays = 7

type Mark = KeepReason | 'drop'
type Marks = Map<RetentionCandidate, Mark>

/**
 * What stays and what goes of ONE database's backups, with reasons. Order comes from `sequence`, never from the clock.
 * Whatever the rules and the clock say, the newest proven backup stays.
 */
export function planRetention(
  candidates: readonly RetentionCandidate[],
  rules: RetentionRules,
  context: RetentionContext,
): RetentionPlan {
  const newestFirst = [...candidates].sort(bySequenceDescending)
  const clock = judgeClock(newestFirst, context.now)
  const newestProven = newestFirst.find(isGood)
  const marks = markByRules(newestFirst.filter(countsForRules), rules, context.timeZone)
  const verdicts = newestFirst.map((candidate) => ({
    backup: candidate.backup,
    ...judge(candidate, { rules, context, clock, newestProven, newestFirst, marks }),
  }))
  return {
    keep: verdicts.flatMap(({ backup, because, goes }) => (goes === null ? [{ backup, because }] : [])),
    remove: verdicts
      .flatMap(({ backup, goes }) => (goes === null ? [] : [{ backup, reason: goes }]))
      .reverse(),
    clock,
  }
}

interface Situation {
  readonly rules: RetentionRules
  readonly context: RetentionContext
  readonly clock: RetentionPlan['clock']
  readonly newestProven: RetentionCandidate | undefined
  readonly newestFirst: readonly RetentionCandidate[]
  readonly marks: Marks
}

interface Verdict {
  readonly because: readonly KeepReason[]
  readonly goes: RetentionReason | null
}

function judge(candidate: RetentionCandidate, situation: Situation): Verdict {
  const verdict = judgeByKind(candidate, situation)
  if (candidate !== situation.newestProven) return verdict
  return { because: [...verdict.because, 'newest-proven'], goes: null }
}

function judgeByKind(candidate: RetentionCandidate, situation: Situation): Verdict {
  const { backup } = candidate
  if (backup.protected) return keep('protected')
  if (backup.trigger === 'manual' || backup.trigger === 'imported') return keep(backup.trigger)
  if (backup.trigger !== 'scheduled') return judgeGrace(backup, backup.trigger, situation)
  if (isOlderThan(backup, situation.rules.maxAgeDays, situation)) {
    // A damaged one is better than nothing: it goes only when a good one stays.
    return isGood(candidate) || situation.newestProven ? drop('too-old') : keep('no-rule')
  }
  return isGood(candidate) ? judgeGood(candidate, situation) : judgeBad(candidate, situation)
}

/** After its grace a backup is judged by its age like a scheduled one, but no rule that counts keeps it. */
function judgeGrace(
  backup: Backup,
  trigger: 'before-update' | 'before-change' | 'before-restore',
  situation: Situation,
): Verdict {
  if (situation.clock !== null) return { because: [trigger, 'clock-not-believed'], goes: null }
  if (!isOlderThan(backup, graceDays[trigger] ?? null, situation)) return keep(trigger)
  return keepsAll(situation.rules) && !isOlderThan(backup, situation.rules.maxAgeDays, situation)
    ? keep('no-rule')
    : drop('grace-over')
}

function judgeGood(candidate: RetentionCandidate, { clock, marks, rules }: Situation): Verdict {
  const mark = marks.get(candidate) ?? 'drop'
  if (mark !== 'drop') return keep(mark)
  return clock !== null && hasCalendarRule(rules) ? keep('clock-not-believed') : drop('not-kept')
}

/** Damaged and unproven ones don't count as kept; as many newer good ones as the rules ask for push them out. */
function judgeBad(candidate: RetentionCandidate, situation: Situation): Verdict {
  const { rules, newestFirst, clock } = situation
  const wanted = (rules.maxCount ?? 0) + calendarRules(rules).reduce((sum, rule) => sum + rule.count, 0)
  if (wanted === 0) return keep('no-rule')
  if (clock !== null && hasCalendarRule(rules)) return keep('clock-not-believed')
  const newerGood = newestFirst
    .slice(0, newestFirst.indexOf(candidate))
    .filter((other) => countsForRules(other)).length
  return newerGood >= wanted ? drop('not-kept') : keep('last')
}

/**
 * The marks of Proxmox Backup Server's prune: "last" first, then each rule in turn covers as many periods as it says
 * that no earlier rule has covered, keeping the newest backup of each.
 */
function markByRules(
  newestFirst: readonly RetentionCandidate[],
  rules: RetentionRules,
  timeZone: string,
): Marks {
  const marks: Marks = new Map()
  if (keepsAll(rules)) {
    for (const candidate of newestFirst) marks.set(candidate, 'no-rule')
    return marks
  }
  for (const candidate of newestFirst.slice(0, rules.maxCount ?? 0)) marks.set(candidate, 'last')
  for (const rule of calendarRules(rules)) {
    markPeriods(marks, newestFirst, rule, (candidate) =>
      DateTime.fromISO(candidate.backup.createdAt).setZone(timeZone).toFormat(rule.period),
    )
  }
  return marks
}

function markPeriods(
  marks: Marks,
  newestFirst: readonly RetentionCandidate[],
  rule: CalendarRule,
  periodOf: (candidate: RetentionCandidate) => string,
): void {
  const isKept = (candidate: RetentionCandidate) => (marks.get(candidate) ?? 'drop') !== 'drop'
  const covered = new Set(newestFirst.filter(isKept).map(periodOf))
  const mine = new Set<string>()
  for (const candidate of newestFirst) {
    if (marks.has(candidate)) continue
    const period = periodOf(candidate)
    if (covered.has(period)) continue
    if (mine.has(period)) {
      marks.set(candidate, 'drop')
      continue
    }
    if (mine.size >= rule.count) break
    mine.add(period)
    marks.set(candidate, rule.reason)
  }
}

interface CalendarRule {
  readonly reason: 'daily' | 'weekly' | 'monthly' | 'yearly'
  readonly count: number
  /** Luxon format that is equal within one period; "kkkk-WW" is the ISO week. */
  readonly period: string
}

function calendarRules(rules: RetentionRules): readonly CalendarRule[] {
  const all = [
    { reason: 'daily', count: rules.keepDaily, period: 'yyyy-MM-dd' },
    { reason: 'weekly', count: rules.keepWeekly, period: 'kkkk-WW' },
    { reason: 'monthly', count: rules.keepMonthly, period: 'yyyy-MM' },
    { reason: 'yearly', count: rules.keepYearly, period: 'yyyy' },
  ] as const
  return all.flatMap((rule) => (rule.count === null ? [] : [{ ...rule, count: rule.count }]))
}

/** No rule says which to keep, so none of them goes but by age. */
const keepsAll = (rules: RetentionRules) => rules.maxCount === null && !hasCalendarRule(rules)

const hasCalendarRule = (rules: RetentionRules) => calendarRules(rules).length > 0

/**
 * Whether the clock can be believed: before no backup of ours, and no recent implausible step forward. All of them
 * count, because the newest may have been made since the clock was set back.
 */
function judgeClock(newestFirst: readonly RetentionCandidate[], now: string): RetentionPlan['clock'] {
  const moments = newestFirst
    .filter(({ sequence }) => sequence > 0)
    .map(({ backup }) => Date.parse(backup.createdAt))
  const nowMs = Date.parse(now)
  if (moments.some((moment) => moment > nowMs)) return 'behind'
  const line = [nowMs, ...moments]
  const jumped = moments.some((earlier, index) => {
    const later = line[index]!
    return later - earlier > implausibleGapDays * dayMs && nowMs - later < settleDays * dayMs
  })
  return jumped ? 'ahead' : null
}

function isOlderThan(backup: Backup, days: number | null, { clock, context }: Situation): boolean {
  if (days === null || clock !== null) return false
  return Date.parse(context.now) - Date.parse(backup.createdAt) > days * dayMs
}

function bySequenceDescending(a: RetentionCandidate, b: RetentionCandidate): number {
  return b.sequence - a.sequence || b.backup.createdAt.localeCompare(a.backup.createdAt)
}

const isGood = ({ backup }: RetentionCandidate) => backup.proven?.outcome === 'passed'

const countsForRules = (candidate: RetentionCandidate) =>
  candidate.backup.trigger === 'scheduled' && !candidate.backup.protected && isGood(candidate)

const keep = (...because: KeepReason[]): Verdict => ({ because, goes: null })
const drop = (goes: RetentionReason): Verdict => ({ because: [], goes })
