import { intervalMinutes } from './read-settings.ts'
import type { TenantSettings } from './tenant-settings.ts'

/**
 * How many days back the backups of these settings reach once they have run long enough, manual ones aside.
 * Infinity where no rule ends it.
 */
export function reachDays({ automatic, retention }: TenantSettings): number {
  const { maxCount, keepDaily, keepWeekly, keepMonthly, keepYearly, maxAgeDays } = retention
  const counts = [
    [maxCount, intervalMinutes(automatic.schedule) / (24 * 60)],
    [keepDaily, 1],
    [keepWeekly, 7],
    [keepMonthly, 28],
    [keepYearly, 365],
  ] as const
  const rules = counts.flatMap(([count, days]) => (count === null ? [] : [count * days]))
  const kept = rules.length > 0 ? Math.max(...rules) : Number.POSITIVE_INFINITY
  return Math.min(kept, maxAgeDays ?? Number.POSITIVE_INFINITY)
}
