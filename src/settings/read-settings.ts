import { Ajv, type ErrorObject } from 'ajv'
import { type FieldProblem, InvalidSettings } from './field-problem.ts'
import type { OperatorSettings } from './operator-settings.ts'
import { defaultOperatorSettings, operatorSettingsSchema } from './operator-settings.ts'
import { type Profile, profileSchema } from './profiles.ts'
import { profileProblems, withProfileDefaults } from './read-profile.ts'
import {
  defaultTenantSettings,
  scheduleFields,
  type TenantSettings,
  tenantSettingsSchema,
} from './tenant-settings.ts'

const ajv = new Ajv({ allErrors: true, discriminator: true, allowUnionTypes: true, strictTypes: false })
ajv.addFormat('time-of-day', /^([01]\d|2[0-3]):[0-5]\d$/)
const fitsTenant = ajv.compile<TenantSettings>(tenantSettingsSchema)
const fitsProfile = ajv.compile<Profile>(profileSchema)
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
  const settings: unknown = withProfiles(stored ?? {})
  if (!fitsOperator(settings)) throw new InvalidSettings(problemsOf(fitsOperator.errors ?? [], settings))
  const read = {
    ...defaultOperatorSettings,
    ...settings,
    limits: { ...defaultOperatorSettings.limits, ...settings.limits },
  }
  const wrong = profileProblems(read.profiles)
  if (wrong.length > 0) throw new InvalidSettings(wrong)
  return read
}

/** The same without the profiles: what is wrong with one of those is no reason to make no tenant's backups. */
export function readTenancySettings(stored: unknown): OperatorSettings {
  return readOperatorSettings(isTree(stored) ? { ...stored, profiles: [] } : stored)
}

export interface ReadProfiles {
  readonly profiles: readonly Profile[]
  /** Those that can't be used. */
  readonly broken: readonly BrokenProfile[]
}

export interface BrokenProfile {
  /** As it is stored, as far as it is a text. */
  readonly id: string
  /** Fields are named from the operator settings on, for example "profiles.1.folder". */
  readonly problem: InvalidSettings
}

/** Each profile by itself: one that is wrong doesn't keep the others from being made. */
export function readProfiles(stored: unknown): ReadProfiles {
  const list = isTree(stored) ? (stored.profiles ?? []) : []
  if (!Array.isArray(list)) {
    const problem = new InvalidSettings([{ field: 'profiles', problem: 'not-a-list' }])
    return { profiles: [], broken: [{ id: '', problem }] }
  }
  const profiles: Profile[] = []
  const broken: BrokenProfile[] = []
  list.map(withProfileDefaults).forEach((profile, index) => {
    const fields = problemsOfProfile(profile, index, profiles)
    if (fields.length === 0) profiles.push(profile as Profile)
    else broken.push({ id: idIn(profile), problem: new InvalidSettings(fields) })
  })
  return { profiles, broken }
}

function problemsOfProfile(profile: unknown, index: number, before: readonly Profile[]): FieldProblem[] {
  const at = (field: string) => `profiles.${index}${field && `.${field}`}`
  if (!fitsProfile(profile))
    return problemsOf(fitsProfile.errors ?? [], profile).map((one) => ({ ...one, field: at(one.field) }))
  const own = `profiles.${before.length}.`
  return profileProblems([...before, profile])
    .filter(({ field }) => field.startsWith(own))
    .map((one) => ({ ...one, field: at(one.field.slice(own.length)) }))
}

const idIn = (profile: unknown): string =>
  isTree(profile) && typeof profile.id === 'string' ? profile.id.slice(0, 100) : ''

function withProfiles(stored: unknown): unknown {
  if (!isTree(stored) || !Array.isArray(stored.profiles)) return stored
  return { ...stored, profiles: stored.profiles.map(withProfileDefaults) }
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
export function scheduleOver(
  { automatic: { schedule } }: Pick<TenantSettings, 'automatic'>,
  automatic: Readonly<Tree>,
): Tree {
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
      return malformed(field)
    case 'enum':
      return { field, problem: 'not-a-choice', choices: params.allowedValues.join(', ') }
    case 'minItems':
      return { field, problem: 'required' }
    case 'maxItems':
    case 'maxLength':
      return { field, problem: 'too-large', max: params.limit }
    case 'minLength':
      return { field, problem: 'required' }
    case 'discriminator': {
      const choices = params.tag === 'kind' ? ['directory', 'mssql', 'sqlite'] : Object.keys(scheduleFields)
      return { field: below(params.tag), problem: 'not-a-choice', choices: choices.join(', ') }
    }
    default:
      return wrongType(field, params.type, settings)
  }
}

/** A text that doesn't look as it has to, by what the field is for. */
function malformed(field: string): FieldProblem {
  const name = field.slice(field.lastIndexOf('.') + 1)
  if (name === 'at') return { field, problem: 'not-a-time' }
  if (name === 'connection') return { field, problem: 'literal-secret' }
  if (name === 'id') return { field, problem: 'not-an-id' }
  if (name === 'name') return { field, problem: 'not-a-template' }
  if (name === 'backupsFolder') return { field, problem: 'not-a-choice', choices: '/…/{tenant}' }
  return { field, problem: 'not-absolute' }
}

/** A field that only another `every` would have is a contradiction, any other is unknown. */
function unexpected(parent: string, name: string): FieldProblem {
  const field = parent ? `${parent}.${name}` : name
  const ofSchedule = parent.endsWith('automatic.schedule') && ['on', 'at', 'count'].includes(name)
  return ofSchedule
    ? { field, problem: 'contradiction', other: `${parent}.every` }
    : { field, problem: 'unknown-field' }
}

function wrongType(field: string, type: unknown, settings: unknown): FieldProblem {
  const value = field === '' ? settings : valueAt(settings, field)
  if (value === null || value === undefined || value === '') return { field, problem: 'required' }
  if (type === 'boolean') return { field, problem: 'not-true-or-false' }
  if (type === 'object') return { field, problem: 'not-an-object' }
  if (type === 'array') return { field, problem: 'not-a-list' }
  if (typeof type === 'string' && type === 'string' && !field.endsWith('.at')) return malformed(field)
  if (type === 'string') return { field, problem: 'not-a-time' }
  return { field, problem: typeof value === 'number' ? 'not-whole' : 'not-a-number' }
}

function valueAt(tree: unknown, path: string): unknown {
  const step = (value: unknown, key: string) =>
    typeof value === 'object' && value !== null ? (value as Tree)[key] : undefined
  return path.split('.').reduce<unknown>(step, tree)
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
