import type { Schedule, Weekday } from 'automate-plugin-backup/host'
import type { NodeConfig } from '../red.ts'

const weekdays: readonly Weekday[] = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
]

/**
 * When an inject node sends, as the contract says it: its interval, or a time of day on every day, one weekday or one
 * day of the month. Null for everything else, and for a time of day where the tenant's clock isn't the server's.
 */
export function scheduleOf(
  inject: NodeConfig,
  { zone, serverZone }: { readonly zone: string; readonly serverZone: string },
): Schedule | null {
  if (inject.type !== 'inject' || inject.once === true) return null
  if (typeof inject.crontab === 'string' && inject.crontab !== '')
    return zone === serverZone ? fromCrontab(inject.crontab) : null
  const seconds = Number(inject.repeat)
  return Number.isInteger(seconds / 60) && seconds > 0 ? { every: 'minutes', count: seconds / 60 } : null
}

function fromCrontab(crontab: string): Schedule | null {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...more] = crontab.trim().split(/\s+/)
  if (more.length > 0 || month !== '*') return null
  const at = timeOfDay(hour, minute)
  if (at === null) return null
  if (day === '*') return onWeekdays(weekday, at)
  // Cron skips months without that day; the contract's 31st is the last day, so only the first 28 mean the same.
  const on = within(day, 1, 28)
  return on !== null && weekday === '*' ? { every: 'month', on, at } : null
}

function onWeekdays(weekday: string, at: string): Schedule | null {
  const days = new Set(weekday.split(',').map((one) => within(one, 0, 7)))
  if (weekday === '*' || (days.size === 7 && !days.has(null) && !days.has(7))) return { every: 'day', at }
  const [day = null] = days
  const on = day === null ? undefined : weekdays[day % 7]
  return days.size === 1 && on !== undefined ? { every: 'week', on, at } : null
}

function timeOfDay(hour: string, minute: string): string | null {
  const [h, m] = [within(hour, 0, 23), within(minute, 0, 59)]
  return h === null || m === null ? null : `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`
}

function within(text: string, least: number, most: number): number | null {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : null
}
