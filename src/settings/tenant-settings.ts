import type { RetentionRules } from '../engine/retention.ts'
import type { Schedule } from '../host/contract.ts'

/** What a tenant's administrators choose. */
export interface TenantSettings {
  readonly automatic: {
    readonly enabled: boolean
    readonly schedule: Schedule
  }
  readonly retention: RetentionRules
  /** Whether and how the backups are tried out; when, is the host's task alone. */
  readonly drill: {
    readonly enabled: boolean
    /** A backup that was not looked at in full for so long is proven again. */
    readonly everyDays: number
    /** Once so many minutes have passed a drill begins no other proof. */
    readonly maxMinutes: number
  }
}

export const defaultTenantSettings: TenantSettings = {
  automatic: { enabled: false, schedule: { every: 'day', at: '02:30' } },
  retention: {
    maxCount: 7,
    maxAgeDays: null,
    keepDaily: null,
    keepWeekly: null,
    keepMonthly: null,
    keepYearly: null,
  },
  drill: { enabled: false, everyDays: 30, maxMinutes: 10 },
}

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const

/** The fields of a schedule that go with each `every`. */
export const scheduleFields = {
  day: ['at'],
  week: ['on', 'at'],
  month: ['on', 'at'],
  hours: ['count'],
  minutes: ['count'],
} as const satisfies Record<Schedule['every'], readonly string[]>

const timeOfDay = { type: 'string', format: 'time-of-day' }
const rule = (maximum: number) => ({ type: ['integer', 'null'], minimum: 1, maximum })

const scheduleOf = (every: Schedule['every'], fields: Record<string, object>) => ({
  type: 'object',
  required: ['every', ...Object.keys(fields)],
  additionalProperties: false,
  properties: { every: { const: every }, ...fields },
})

export const scheduleSchema = {
  type: 'object',
  discriminator: { propertyName: 'every' },
  required: ['every'],
  oneOf: [
    scheduleOf('day', { at: timeOfDay }),
    scheduleOf('week', { on: { enum: weekdays }, at: timeOfDay }),
    scheduleOf('month', { on: { type: 'integer', minimum: 1, maximum: 31 }, at: timeOfDay }),
    scheduleOf('hours', { count: { type: 'integer', minimum: 1, maximum: 8760 } }),
    scheduleOf('minutes', { count: { type: 'integer', minimum: 1, maximum: 525_600 } }),
  ],
}

/** Bounds keep the numbers sensible: 100 years of age, ten thousand generations. */
export const retentionSchema = {
  type: 'object',
  required: ['maxCount', 'maxAgeDays', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'],
  additionalProperties: false,
  properties: {
    maxCount: rule(10_000),
    maxAgeDays: rule(36_500),
    keepDaily: rule(10_000),
    keepWeekly: rule(10_000),
    keepMonthly: rule(10_000),
    keepYearly: rule(10_000),
  },
}

export const tenantSettingsSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['automatic', 'retention', 'drill'],
  additionalProperties: false,
  properties: {
    automatic: {
      type: 'object',
      required: ['enabled', 'schedule'],
      additionalProperties: false,
      properties: { enabled: { type: 'boolean' }, schedule: scheduleSchema },
    },
    retention: retentionSchema,
    drill: {
      type: 'object',
      required: ['enabled', 'everyDays', 'maxMinutes'],
      additionalProperties: false,
      properties: {
        enabled: { type: 'boolean' },
        everyDays: { type: 'integer', minimum: 1, maximum: 3_650 },
        maxMinutes: { type: 'integer', minimum: 1, maximum: 720 },
      },
    },
  },
}
