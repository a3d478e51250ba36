import { Ajv, type ErrorObject } from 'ajv'
import { type FieldProblem, InvalidSettings } from './field-problem.ts'
import type { OperatorSettings } from './operator-settings.ts'
import { defaultOperatorSettings, operatorSettingsSchema } from './operator-settings.ts'
import {
  defaultTenantSettings,
  scheduleFields,
  type TenantSettings,
  tenantSettingsSchema,
} from './tenant-settings.ts'

const ajv = new Ajv({ allErrors: true, discriminator: true, allowUnionTypes: true, strictTypes: false })
ajv.addFormat('time-of-day', /^([01]\d|2[0-3]):[0-5]\d$/)
const fitsTenant = ajv.compile<TenantSettings>(tenantSettingsSchema)
const fitsOperator = ajv.compile<OperatorSettings>(operatorSettingsSchema)

type Limits = OperatorSettings['limits']
type Tree = Record<string, unknown>

/**
 * Settings as a tenant's administrator sends them, laid over the current ones: what is left out stays as it is.
 * Throws `InvalidSettings`, which names every field that is wrong or exceeds the operator's limits.
 */
export function changeTenantSettings(
  current: TenantSettings,
  change: unknown,
  limits: Limits,
): TenantSettings {
  if (!isTree(change)) throw new InvalidSettings([{ field: '', problem: 'not-an-object' }])
  const settings = readTenantSettings(overlay(current, change))
  const beyond = beyondLimits(settings, limits)
  if (beyond.length > 0) throw new InvalidSettings(beyond)
  return settings
}

/** Settings as the host has stored them. Nothing stored means the defaults. Throws `InvalidSettings`. */
export function readTenantSettings(stored: unknown): TenantSettings {
  const settings = stored === undefined ? defaultTenantSettings : withLaterFields(stored)
  if (!fitsTenant(settings)) throw new InvalidSettings(problemsOf(fitsTenant.errors ?? [], settings))
  return settings
}

/** Settings that were stored before there were drills. */
function withLaterFields(stored: unknown): unknown {
  return isTree(stored) && !('drill' in stored) ? { ...stored, drill: defaultTenantSettings.drill } : stored
}

/** Operator settings; what is left out has its default. Throws `InvalidSettings`. */
export function readOperatorSettings(stored: unknown): OperatorSettings {
  const settings: unknown = stored ?? {}
  if (!fitsOperator(settings)) throw new InvalidSettings(problemsOf(fitsOperator.errors ?? [], settings))
  return {
    ...defaultOperatorSettings,
    ...settings,
    limits: { ...defaultOperatorSettings.limits, ...settings.limits },
  }
}

/** Shortest distance between two runs of a schedule, in minutes. */
export function intervalMinutes(schedule: TenantSettings['automatic']['schedule']): number {
  switch (schedule.every) {
    case 'minutes':
      return schedule.count
    case 'hours':
      return schedule.count * 60
    case 'day':
      return 24 * 60
    case 'week':
      return 7 * 24 * 60
    case 'month':
      return 28 * 24 * 60
  }
}

function beyondLimits({ automatic, retention }: TenantSettings, limits: Limits): FieldProblem[] {
  const problems: FieldProblem[] = []
  const { maxCount, minIntervalMinutes } = limits
  if (maxCount !== null && mostKept(retention) > maxCount)
    problems.push({ field: 'retention.maxCount', problem: 'above-operator-limit', max: maxCount })
  const tooDense = minIntervalMinutes !== null && intervalMinutes(automatic.schedule) < minIntervalMinutes
  if (automatic.enabled && tooDense) {
    const field = 'count' in automatic.schedule ? 'automatic.schedule.count' : 'automatic.schedule.every'
    problems.push({ field, problem: 'too-small', min: minIntervalMinutes })
  }
  return problems
}

/** How many scheduled backups of one database the rules can keep: each rule adds its own, no rule at all keeps all. */
export function mostKept(rules: TenantSettings['retention']): number {
  const { maxCount, keepDaily, keepWeekly, keepMonthly, keepYearly } = rules
  const counts = [maxCount, keepDaily, keepWeekly, keepMonthly, keepYearly].filter((count) => count !== null)
  return counts.length === 0 ? Number.POSITIVE_INFINITY : counts.reduce((sum, count) => sum + count, 0)
}

function overlay(current: TenantSettings, change: Tree): Tree {
  const { automatic, retention, drill } = { ...current, ...change }
  return {
    ...change,
    automatic: isTree(automatic)
      ? { ...current.automatic, ...automatic, ...scheduleOver(current, automatic) }
      : automatic,
    retention: isTree(retention) ? { ...current.retention, ...retention } : retention,
    drill: isTree(drill) ? { ...current.drill, ...drill } : drill,
  }
}

/** A changed `every` takes over only what means the same there: the time of day. */
function scheduleOver({ automatic: { schedule } }: TenantSettings, automatic: Tree): Tree {
  const change = automatic.schedule
  if (!isTree(change)) return change === undefined ? {} : { schedule: change }
  const same = change.every === undefined || change.every === schedule.every
  const takesTime = change.every === 'day' || change.every === 'week' || change.every === 'month'
  const kept = same ? schedule : takesTime && 'at' in schedule ? { at: schedule.at } : {}
  return { schedule: { ...kept, ...change } }
}

function problemsOf(errors: readonly ErrorObject[], settings: unknown): FieldProblem[] {
  return errors.map((error) => problemOf(error, settings))
}

function problemOf(error: ErrorObject, settings: unknown): FieldProblem {
  const field = error.instancePath.slice(1).replaceAll('/', '.')
  const below = (name: string) => (field ? `${field}.${name}` : name)
  const { params } = error
  switch (error.keyword) {
    case 'required':
      return { field: below(params.missingProperty), problem: 'required' }
    case 'additionalProperties':
      return unexpected(field, params.additionalProperty)
    case 'minimum':
      return { field, problem: 'too-small', min: params.limit }
    case 'maximum':
      return { field, problem: 'too-large', max: params.limit }
    case 'format':
    case 'pattern':
      return { field, problem: field.endsWith('at') ? 'not-a-time' : 'not-a-choice', choices: '/…/{tenant}' }
    case 'enum':
      return { field, problem: 'not-a-choice', choices: params.allowedValues.join(', ') }
    case 'discriminator':
      return {
        field: below('every'),
        problem: 'not-a-choice',
        choices: Object.keys(scheduleFields).join(', '),
      }
    default:
      return wrongType(field, params.type, settings)
  }
}

/** A field that only another `every` would have is a contradiction, any other is unknown. */
function unexpected(parent: string, name: string): FieldProblem {
  const field = parent ? `${parent}.${name}` : name
  const ofSchedule = parent === 'automatic.schedule' && ['on', 'at', 'count'].includes(name)
  return ofSchedule
    ? { field, problem: 'contradiction', other: `${parent}.every` }
    : { field, problem: 'unknown-field' }
}

function wrongType(field: string, type: unknown, settings: unknown): FieldProblem {
  const value = valueAt(settings, field)
  if (value === null || value === undefined || value === '') return { field, problem: 'required' }
  if (type === 'boolean') return { field, problem: 'not-true-or-false' }
  if (type === 'object') return { field, problem: 'not-an-object' }
  if (type === 'string') return { field, problem: 'not-a-time' }
  return { field, problem: typeof value === 'number' ? 'not-whole' : 'not-a-number' }
}

function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), tree)
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
