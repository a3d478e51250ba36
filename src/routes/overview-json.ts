import type { Overview } from '../service/overview-service.ts'
import type { Language } from '../views/index.ts'
import { backupJson, runJson } from './answer.ts'
import { healthModel } from './page.ts'

/** The overview as JSON, as the product promises it. */
export function overviewJson(overview: Overview, now: number, language: Language) {
  const { enabled, schedule, nextRunAt, pausedBy, pausedSince, lastSuccessAt } = overview.automatic
  const { usedBytes, freeBytes, neededBytes } = overview.storage
  const reader = { language, timeZone: overview.site.tenant.timeZone, now }
  return {
    backups: overview.backups.map(backupJson),
    run: overview.run && runJson(overview.run, language),
    runs: overview.runs.map((run) => runJson(run, language)),
    automatic: { enabled, schedule, nextRunAt, pausedBy, pausedSince, lastSuccessAt },
    health: overview.health.map((finding) => healthModel(finding, reader)),
    settings: overview.settings,
    storage: { usedBytes, freeBytes, neededBytes },
  }
}
