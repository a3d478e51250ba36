import { scheduleFields, weekdays } from '../settings/tenant-settings.ts'

const rules = ['maxCount', 'maxAgeDays', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'] as const

/**
 * A settings form as the change that it means. A form sends every field of every schedule; those that don't go with
 * the chosen `every` are left out. An empty rule is switched off. A field that the form lacks stays as it is.
 */
export function settingsFromForm(fields: URLSearchParams): object {
  const enabled = fields.getAll('automatic.enabled').at(-1)
  const schedule = scheduleFrom(fields)
  const automatic = {
    ...(enabled === undefined ? {} : { enabled: flag(enabled) }),
    ...(schedule ? { schedule } : {}),
  }
  const known = new Set([
    'tenant',
    'automatic.enabled',
    ...drillNames,
    ...scheduleNames,
    ...rules.map((rule) => `retention.${rule}`),
  ])
  const unknown = [...fields.keys()]
    .filter((name) => !known.has(name))
    .map((name) => [name, fields.get(name)])
  return {
    ...Object.fromEntries(unknown),
    automatic,
    retention: retentionFrom(fields),
    drill: drillFrom(fields),
  }
}

/** The same fields as texts, to be shown again when they were refused. */
export function typedValues(fields: URLSearchParams): Record<string, string> {
  const last = [...fields.keys()].map((name) => [name, fields.getAll(name).at(-1) ?? ''])
  const every = fields.get('automatic.schedule.every') ?? ''
  return { ...Object.fromEntries(last), 'automatic.schedule.on': String(onOf(fields, every) ?? '') }
}

const drillNames = ['enabled', 'everyDays', 'maxMinutes'].map((name) => `drill.${name}`)

function drillFrom(fields: URLSearchParams): object {
  const enabled = fields.getAll('drill.enabled').at(-1)
  const numbers = ['everyDays', 'maxMinutes'].filter((name) => fields.has(`drill.${name}`))
  return {
    ...(enabled === undefined ? {} : { enabled: flag(enabled) }),
    ...Object.fromEntries(numbers.map((name) => [name, number(fields.get(`drill.${name}`)) ?? null])),
  }
}

const scheduleNames = ['every', 'on', 'at', 'count'].map((name) => `automatic.schedule.${name}`)

function scheduleFrom(fields: URLSearchParams): object | null {
  const every = fields.get('automatic.schedule.every')
  if (every === null) return null
  const wanted: readonly string[] = Object.hasOwn(scheduleFields, every)
    ? scheduleFields[every as keyof typeof scheduleFields]
    : []
  const values = {
    on: onOf(fields, every),
    at: fields.get('automatic.schedule.at') ?? undefined,
    count: number(fields.get('automatic.schedule.count')),
  }
  const chosen = Object.entries(values).filter(
    ([name, value]) => wanted.includes(name) && value !== undefined,
  )
  return { every, ...Object.fromEntries(chosen) }
}

/** The form has a weekday and a day of the month, both called `on`: the one that goes with `every` counts. */
function onOf(fields: URLSearchParams, every: string): unknown {
  const values = fields.getAll('automatic.schedule.on')
  const isWeekday = (value: string) => (weekdays as readonly string[]).includes(value)
  if (every === 'month') return number(values.find((value) => !isWeekday(value)) ?? values[0] ?? null)
  return values.find(isWeekday) ?? values[0]
}

function retentionFrom(fields: URLSearchParams): object {
  const sent = rules.filter((rule) => fields.has(`retention.${rule}`))
  return Object.fromEntries(sent.map((rule) => [rule, number(fields.get(`retention.${rule}`)) ?? null]))
}

/** Anything but a number stays a text, so that the check can name the field. */
function number(text: string | null): unknown {
  const trimmed = text?.trim()
  if (!trimmed) return undefined
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed
}

function flag(text: string): unknown {
  if (text === 'true' || text === 'on') return true
  return text === 'false' ? false : text
}
