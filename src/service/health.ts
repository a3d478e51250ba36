import { basename, dirname, join, relative } from 'node:path'
import type { Backup, Run } from '../engine/backup.ts'
import type { IgnoredName, Inspection } from '../engine/engine.ts'
import type { StoredError } from '../engine/errors.ts'
import { dueBetween } from '../host/schedule.ts'
import { intervalMinutes } from '../settings/read-settings.ts'
import { hasNewerFile, type SettingsNow, scheduleInForce } from './settings-service.ts'
import type { VaultSite } from './vault-site.ts'

/** A run that was due is overdue after this long: hosts spread the starts of many tenants. */
const PATIENCE_MS = 60 * 60 * 1000

/** What needs attention, with the facts that its sentence is made of. */
export type HealthFinding = { readonly severity: 'error' | 'warning' | 'info' } & (
  | { readonly code: 'never-run' | 'automatic-off' | 'same-disk' | 'file-not-taken-up' }
  | { readonly code: 'task-inactive'; readonly wanted: boolean }
  | { readonly code: 'clock-behind' | 'clock-ahead' | 'invalid-stored-settings' | 'platform-untested' }
  | { readonly code: 'overdue'; readonly lastSuccessAt: string | null; readonly dueAt: string }
  | { readonly code: 'automate-paused'; readonly by: string | null; readonly since: string }
  | { readonly code: 'folder-not-writable'; readonly folder: string }
  | { readonly code: 'disk-full'; readonly neededBytes: number; readonly freeBytes: number }
  | { readonly code: 'network-folder'; readonly type: string }
  | {
      readonly code: 'last-run-failed' | 'drill-failed'
      readonly error: StoredError
      readonly at: string
    }
  | { readonly code: 'damaged-backup'; readonly count: number; readonly name: string }
  | {
      readonly code: 'ignored-files'
      readonly count: number
      readonly name: string
      readonly reason: IgnoredName['reason']
    }
  | { readonly code: 'schedule-elsewhere'; readonly link: string | null }
)

export interface HealthFacts {
  readonly site: VaultSite
  readonly inspection: Inspection
  /** Finished and running, newest first. */
  readonly runs: readonly Run[]
  readonly settings: SettingsNow
  readonly configuresTasks: boolean
  readonly lastSuccessAt: string | null
  /** What retention says of the clock. */
  readonly clock: 'behind' | 'ahead' | null
  /** Milliseconds since 1970. */
  readonly now: number
  readonly platform: NodeJS.Platform
}

/** Every problem that a page can show, the most severe first. Answers without being asked why backups don't work. */
export function findingsOf(facts: HealthFacts): readonly HealthFinding[] {
  const all = [...aboutRuns(facts), ...aboutSchedule(facts), ...aboutPlace(facts), ...aboutFiles(facts)]
  const order = { error: 0, warning: 1, info: 2 }
  return all.sort((a, b) => order[a.severity] - order[b.severity])
}

function aboutRuns({ runs, lastSuccessAt, inspection }: HealthFacts): HealthFinding[] {
  const findings: HealthFinding[] = []
  const last = runs.find(
    ({ kind, endedAt, status }) => kind === 'create' && endedAt && status !== 'cancelled',
  )
  if (last?.status === 'failed' && last.error && last.endedAt)
    findings.push({ code: 'last-run-failed', severity: 'error', error: last.error, at: last.endedAt })
  const drill = runs.find(
    ({ kind, endedAt, status }) => kind === 'drill' && endedAt && status !== 'cancelled',
  )
  if (drill?.status === 'failed' && drill.error && drill.endedAt)
    findings.push({ code: 'drill-failed', severity: 'error', error: drill.error, at: drill.endedAt })
  if (lastSuccessAt === null && !inspection.backups.some(({ backup }) => isGood(backup)))
    findings.push({ code: 'never-run', severity: 'warning' })
  return findings
}

function aboutSchedule(facts: HealthFacts): HealthFinding[] {
  const { settings, configuresTasks, inspection } = facts
  const { automatic } = settings.settings
  const paused = settings.task?.paused
  const findings: HealthFinding[] = []
  if (settings.broken) findings.push({ code: 'invalid-stored-settings', severity: 'error' })
  if (!configuresTasks)
    findings.push({ code: 'schedule-elsewhere', severity: 'info', link: settings.task?.link ?? null })
  const ahead = hasNewerFile(settings, inspection.schedules.at(-1))
  if (ahead) findings.push({ code: 'file-not-taken-up', severity: automatic.enabled ? 'warning' : 'error' })
  if (automatic.enabled && paused)
    findings.push({ code: 'automate-paused', severity: 'error', by: paused.by, since: paused.since })
  else if (automatic.enabled) findings.push(...overdue(facts))
  else if (ahead) return findings
  else if (!configuresTasks) findings.push({ code: 'task-inactive', severity: 'warning', wanted: false })
  else if (settings.wanted) findings.push({ code: 'task-inactive', severity: 'error', wanted: true })
  else findings.push({ code: 'automatic-off', severity: 'warning' })
  return findings
}

/** Overdue since the first due moment after the last success that has passed without one. */
function overdue({ settings, site, lastSuccessAt, inspection, now }: HealthFacts): HealthFinding[] {
  const schedule = scheduleInForce(settings)
  if (!schedule) return []
  const since = inspection.schedules.at(-1)
  // Switched on at the host a moment ago: it counts from the next run, which notes it.
  if (!since?.enabled) return []
  const from = Math.max(Date.parse(lastSuccessAt ?? '') || 0, Date.parse(since.at))
  const due =
    schedule.every === 'hours' || schedule.every === 'minutes'
      ? from + intervalMinutes(schedule) * 60_000
      : dueBetween(schedule, site.timeZone, from, now)[0]
  if (due === undefined || due + PATIENCE_MS > now) return []
  return [{ code: 'overdue', severity: 'error', lastSuccessAt, dueAt: new Date(due).toISOString() }]
}

function aboutPlace({ site, inspection, platform, clock }: HealthFacts): HealthFinding[] {
  const { folder, storage } = inspection
  const { neededBytes, freeBytes } = storage
  const findings: HealthFinding[] = []
  if (!folder.writable)
    findings.push({ code: 'folder-not-writable', severity: 'error', folder: shownFolder(site) })
  if (neededBytes > freeBytes) findings.push({ code: 'disk-full', severity: 'error', neededBytes, freeBytes })
  if (clock) findings.push({ code: `clock-${clock}`, severity: 'warning' })
  if (folder.networkFileSystem)
    findings.push({ code: 'network-folder', severity: 'warning', type: folder.networkFileSystem })
  if (folder.sameDisk) findings.push({ code: 'same-disk', severity: 'warning' })
  if (platform === 'win32') findings.push({ code: 'platform-untested', severity: 'info' })
  return findings
}

function aboutFiles({ inspection }: HealthFacts): HealthFinding[] {
  const findings: HealthFinding[] = []
  const damaged = inspection.backups.filter(({ backup }) => isDamaged(backup))
  if (damaged[0])
    findings.push({
      code: 'damaged-backup',
      severity: 'error',
      count: damaged.length,
      name: damaged[0].backup.name,
    })
  const { ignored } = inspection.folder
  if (ignored[0])
    findings.push({ code: 'ignored-files', severity: 'warning', count: ignored.length, ...ignored[0] })
  return findings
}

/** Below the tenant root no more of the path is shown than tells one tenant's folder from another's. */
export function shownFolder({ vault, scope }: Pick<VaultSite, 'vault' | 'scope'>): string {
  if ('system' in scope) return vault.folder
  const below = relative(vault.root, vault.folder)
  if (below.startsWith('..')) return vault.folder
  return join(basename(dirname(vault.root)), basename(vault.root), below)
}

/** Proven and found whole the last time that somebody looked. */
export function isGood({ proven }: Backup): boolean {
  return proven?.outcome === 'passed'
}

function isDamaged({ proven, checked }: Backup): boolean {
  return proven?.outcome === 'failed' || checked?.outcome === 'failed'
}
