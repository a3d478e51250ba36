import type { Backup, Run } from '../engine/backup.ts'
import type { BackupEngine, Inspection, Storage } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import { planAllRetention, previewRetention } from '../engine/preview-retention.ts'
import type { RetentionPlan, RetentionRules } from '../engine/retention.ts'
import type { Host, Schedule } from '../host/contract.ts'
import { nextDue } from '../host/schedule.ts'
import { reachDays } from '../settings/reach.ts'
import type { TenantSettings } from '../settings/tenant-settings.ts'
import { findingsOf, type HealthFinding, isGood } from './health.ts'
import { type Day, daysOf } from './history.ts'
import { storedWithin } from './relative-paths.ts'
import type { RunBoard } from './run-board.ts'
import { type SettingsNow, scheduleInForce } from './settings-service.ts'
import type { Site } from './tenancy.ts'
import type { Sites, VaultSite } from './vault-site.ts'

const SHOWN_RUNS = 50
const SHOWN_DAYS = 30
/** A retention that reaches back less far is warned about. */
const SHORT_REACH_DAYS = 3
const DAY_MS = 24 * 60 * 60 * 1000

/** Everything that the page says at a glance. */
export interface Overview<S extends VaultSite = Site> {
  readonly site: S
  readonly backups: readonly Backup[]
  readonly run: Run | null
  /** Newest first, at most 50. */
  readonly runs: readonly Run[]
  readonly automatic: Automatic
  readonly drill: Drill
  readonly health: readonly HealthFinding[]
  readonly settings: TenantSettings
  readonly storage: Storage
  readonly days: readonly Day[]
  readonly preview: RetentionPreview
}

/** Trying the backups out. */
export interface Drill {
  readonly enabled: boolean
  readonly schedule: Schedule | null
  readonly nextRunAt: string | null
  readonly configurable: boolean
  readonly link: string | null
  /** The last one that came to an end; null when the log knows none. */
  readonly last: { readonly at: string; readonly outcome: 'completed' | 'failed' | 'cancelled' } | null
}

export interface Automatic {
  readonly enabled: boolean
  readonly schedule: Schedule | null
  readonly nextRunAt: string | null
  readonly pausedBy: string | null
  readonly pausedSince: string | null
  /** Of the database that was proven the longest ago. */
  readonly lastSuccessAt: string | null
  readonly configurable: boolean
  readonly link: string | null
}

/** What retention would do after the next proven backup. */
export interface RetentionPreview {
  /** Oldest first. */
  readonly remove: RetentionPlan['remove']
  /** When the oldest backup that stays was made. */
  readonly reachesBackTo: string | null
  /** The rest, or what the schedule makes in the long run, would reach back less than three days. */
  readonly short: boolean
  readonly clock: RetentionPlan['clock']
}

/** The settings of a place, as they are in force. */
export interface SettingsReader<S extends VaultSite> {
  read(site: S): Promise<SettingsNow>
  /** Retention as a run applies it. */
  effective(site: S): Promise<{ readonly retention: RetentionRules }>
  /** What saving `change` would lead to. Throws `InvalidSettings`; changes nothing. */
  consider(site: S, change: unknown): Promise<TenantSettings>
}

export interface OverviewParts<S extends VaultSite> {
  readonly host: Pick<Host, 'clock' | 'capabilities'>
  readonly engine: BackupEngine
  readonly tenancy: Sites<S>
  readonly board: RunBoard
  readonly settings: SettingsReader<S>
}

export class OverviewService<S extends VaultSite = Site> {
  readonly #host: OverviewParts<S>['host']
  readonly #engine: BackupEngine
  readonly #tenancy: Sites<S>
  readonly #board: RunBoard
  readonly #settings: SettingsReader<S>

  constructor(parts: OverviewParts<S>) {
    this.#host = parts.host
    this.#engine = parts.engine
    this.#tenancy = parts.tenancy
    this.#board = parts.board
    this.#settings = parts.settings
  }

  async overview(id: string): Promise<Overview<S>> {
    const site = await this.#tenancy.site(id)
    const [inspection, settings] = await Promise.all([
      this.#engine.inspect(site.vault),
      this.#settings.read(site),
    ])
    const backups = inspection.backups.map(({ backup }) => backup)
    const runs = this.#runs(site, inspection)
    const now = this.#host.clock.now()
    const { retention } = await this.#settings.effective(site)
    const preview = previewOf(site, inspection, { ...asDue(settings), retention }, now)
    const automatic = this.#automatic(settings, lastSuccess(site, backups))
    return {
      site,
      backups,
      run: this.#board.active(id)?.run ?? null,
      runs: runs.slice(0, SHOWN_RUNS),
      automatic,
      drill: this.#drill(settings, runs),
      health: findingsOf({
        site,
        inspection,
        runs,
        settings,
        configuresTasks: automatic.configurable,
        lastSuccessAt: automatic.lastSuccessAt,
        clock: preview.clock,
        now,
        platform: process.platform,
      }),
      settings: settings.settings,
      storage: inspection.storage,
      days: daysOf({ ...inspection, runs, backups, timeZone: site.timeZone, now }, SHOWN_DAYS),
      preview,
    }
  }

  /** What `change` would remove, and how far back the rest would reach. Throws `InvalidSettings`. */
  async preview(id: string, change: unknown): Promise<RetentionPreview> {
    const site = await this.#tenancy.site(id)
    const [before, settings] = [await this.#settings.read(site), await this.#settings.consider(site, change)]
    const inspection = await this.#engine.inspect(site.vault)
    return previewOf(site, inspection, asDue({ ...before, settings }), this.#host.clock.now())
  }

  /** Throws `not-found`. */
  async run(id: string, runId: string): Promise<Run> {
    const site = await this.#tenancy.site(id)
    const active = this.#board.active(id)?.run
    if (active?.id === runId) return active
    const found = this.#runs(site, await this.#engine.inspect(site.vault)).find((run) => run.id === runId)
    if (found) return found
    throw new BackupError('not-found', 'There is no such run.', { hint: 'The log keeps the last 400.' })
  }

  /** Newest first. The log is the truth; this process adds what is not in it, or not yet. */
  #runs(site: S, { runs, waiting }: Inspection): readonly Run[] {
    const active = this.#board.active(site.id)?.run
    const closed = new Set(runs.filter(({ endedAt }) => endedAt).map(({ id }) => id))
    const ours = [...(active ? [active] : []), ...this.#board.ended(site.id)].filter(
      ({ id }) => !closed.has(id),
    )
    const known = new Set(ours.map(({ id }) => id))
    const logged = runs.filter(({ id }) => !known.has(id))
    const all = [
      ...ours,
      ...(waiting && active?.id !== waiting.run.id ? [waiting.run] : []),
      ...logged.map((run) => ({ ...run, error: run.error && storedWithin(site, run.error) })),
    ]
    return all.sort((a, b) => b.startedAt.localeCompare(a.startedAt))
  }

  #drill({ settings, drillTask }: SettingsNow, runs: readonly Run[]): Drill {
    const last = runs.find(({ kind, endedAt }) => kind === 'drill' && endedAt)
    const outcome = last?.status === 'completed' || last?.status === 'cancelled' ? last.status : 'failed'
    return {
      enabled: settings.drill.enabled,
      schedule: drillTask?.schedule ?? null,
      nextRunAt: drillTask?.nextRunAt ?? null,
      configurable: this.#host.capabilities.configuresTasks && drillTask !== null,
      link: drillTask?.link ?? null,
      last: last?.endedAt ? { at: last.endedAt, outcome } : null,
    }
  }

  #automatic({ settings, task }: SettingsNow, lastSuccessAt: string | null): Automatic {
    const { configuresTasks } = this.#host.capabilities
    return {
      enabled: settings.automatic.enabled,
      schedule: configuresTasks ? settings.automatic.schedule : (task?.schedule ?? null),
      nextRunAt: task?.nextRunAt ?? null,
      pausedBy: task?.paused?.by ?? null,
      pausedSince: task?.paused?.since ?? null,
      lastSuccessAt,
      configurable: configuresTasks,
      link: task?.link ?? null,
    }
  }
}

/** The settings with automatic backups only where it is known when they are due. */
function asDue(now: SettingsNow): TenantSettings {
  const { settings } = now
  return { ...settings, automatic: { ...settings.automatic, enabled: scheduleInForce(now) !== null } }
}

/** Of each database the newest proven backup; of these the oldest. Null while one database has none. */
function lastSuccess({ subjects }: VaultSite, backups: readonly Backup[]): string | null {
  const newest = subjects.map(
    (name) => backups.find((backup) => backup.database === name && isGood(backup))?.createdAt ?? '',
  )
  return newest.sort()[0] || null
}

/** When retention would be applied next: with the next scheduled backup, or with one that is made now. */
function nextRun(timeZone: string, { automatic }: TenantSettings, now: number): number {
  if (!automatic.enabled) return now
  return nextDue(automatic.schedule, { timeZone, after: now, lastStart: now })
}

function previewOf(
  { timeZone, subjects }: VaultSite,
  { backups }: Inspection,
  settings: TenantSettings,
  now: number,
): RetentionPreview {
  const at = (instant: number) => ({ now: new Date(instant).toISOString(), timeZone })
  const { clock } = planAllRetention(backups, settings.retention, at(now))
  // While the clock isn't believed nothing can be said about a later run.
  const { keep, remove } = previewRetention(backups, settings.retention, {
    ...at(clock === null ? nextRun(timeZone, settings, now) : now),
    databases: subjects,
  })
  const reachesBackTo = keep.map(({ backup }) => backup.createdAt).sort()[0] ?? null
  const rest = reachesBackTo === null ? Number.POSITIVE_INFINITY : (now - Date.parse(reachesBackTo)) / DAY_MS
  const short =
    (remove.length > 0 && rest < SHORT_REACH_DAYS) ||
    (settings.automatic.enabled && reachDays(settings) < SHORT_REACH_DAYS)
  return { remove, reachesBackTo, short, clock }
}
