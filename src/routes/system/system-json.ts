import type { Host } from '../../host/contract.ts'
import type { Overview } from '../../service/overview-service.ts'
import { publicBackup } from '../../service/public-backup.ts'
import type { ProfileSite } from '../../service/system/profile-sites.ts'
import type { SystemOverview } from '../../service/system/system-overview.ts'
import type { TenantStanding } from '../../service/system/tenants-board.ts'
import type { BrokenProfile } from '../../settings/read-settings.ts'
import { errorText, fieldErrorText, type HealthReader, type Language } from '../../views/index.ts'
import { asBackupError, runJson } from '../answer.ts'
import { healthModel } from '../page.ts'

interface Readers {
  readonly host: Pick<Host, 'clock' | 'tasks'>
  readonly language: Language
}

/** The system page as JSON; docs/system-backups.md promises it. */
export function systemJson({ profiles, broken, tenants }: SystemOverview, readers: Readers) {
  return {
    profiles: profiles.map((overview) => profileJson(overview, readers)),
    broken: broken.map((one) => ({ id: one.id, errors: brokenFields(one, readers.language) })),
    tenants: tenants.map((standing) => standingJson(standing, readers)),
  }
}

export function brokenFields({ problem }: BrokenProfile, language: Language) {
  return problem.fields.map((one) => ({ field: one.field, message: fieldErrorText(language, one) }))
}

function profileJson(overview: Overview<ProfileSite>, { host, language }: Readers) {
  const { enabled, schedule, nextRunAt, pausedBy, pausedSince, lastSuccessAt } = overview.automatic
  const { usedBytes, freeBytes, neededBytes } = overview.storage
  const { site } = overview
  const reader = readerOf({ host, language }, site.timeZone)
  return {
    id: site.id,
    backups: overview.backups.map(publicBackup),
    run: overview.run && runJson(overview.run, language),
    runs: overview.runs.map((run) => runJson(run, language)),
    automatic: { enabled, schedule, nextRunAt, pausedBy, pausedSince, lastSuccessAt },
    health: overview.health.map((finding) => healthModel(finding, reader)),
    settings: { ...site.profile, automatic: overview.settings.automatic, folder: site.vault.folder },
    storage: { usedBytes, freeBytes, neededBytes },
  }
}

function standingJson(standing: TenantStanding, readers: Readers) {
  const { id, name, lastProvenAt, state } = standing
  const now = readers.host.clock.now()
  const ageSeconds = lastProvenAt === null ? null : Math.round((now - Date.parse(lastProvenAt)) / 1000)
  return { id, name, lastProvenAt, ageSeconds, state, reasons: reasonsOf(standing, readers) }
}

/** Why a tenant isn't well, as sentences. */
export function reasonsOf({ findings, error, timeZone }: TenantStanding, readers: Readers) {
  const { language } = readers
  if (error !== null) {
    const known = asBackupError(error)
    const { message, hint } = errorText(language, known.code, known.details, known)
    return [{ code: known.code, message, hint }]
  }
  const reader = readerOf(readers, timeZone)
  return findings
    .map((finding) => healthModel(finding, reader))
    .map(({ code, message, hint }) => ({ code, message, hint }))
}

function readerOf({ host, language }: Readers, timeZone: string): HealthReader {
  return { language, timeZone, now: host.clock.now(), scheduler: host.tasks.name[language] }
}
