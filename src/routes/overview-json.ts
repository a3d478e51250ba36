import type { LocalizedText } from '../host/contract.ts'
import type { Overview } from '../service/overview-service.ts'
import { publicBackup } from '../service/public-backup.ts'
import type { Language } from '../views/index.ts'
import { runJson } from './answer.ts'
import { healthModel } from './page.ts'

/** The overview as JSON, as the product promises it. */
export function overviewJson(
  overview: Overview,
  { now, language, scheduler }: { now: number; language: Language; scheduler: LocalizedText },
) {
  const { enabled, schedule, nextRunAt, pausedBy, pausedSince, lastSuccessAt } = overview.automatic
  const { usedBytes, freeBytes, neededBytes } = overview.storage
  const { drill } = overview
  const reader = {
    language,
    timeZone: overview.site.tenant.timeZone,
    now,
    scheduler: scheduler[language],
  }
  return {
    backups: overview.backups.map(publicBackup),
    run: overview.run && runJson(overview.run, language),
    runs: overview.runs.map((run) => runJson(run, language)),
    automatic: { enabled, schedule, nextRunAt, pausedBy, pausedSince, lastSuccessAt },
    drill: { enabled: drill.enabled, schedule: drill.schedule, nextRunAt: drill.nextRunAt, last: drill.last },
    health: overview.health.map((finding) => healthModel(finding, reader)),
    settings: overview.settings,
    storage: { usedBytes, freeBytes, neededBytes },
  }
}
