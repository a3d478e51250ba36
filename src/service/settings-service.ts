import { randomUUID } from 'node:crypto'
import type { BackupEngine } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { RetentionRules } from '../engine/retention.ts'
import type { Actor, Host, Schedule, TaskState } from '../host/contract.ts'
import { InvalidSettings } from '../settings/field-problem.ts'
import { changeTenantSettings, mostKept, readTenantSettings } from '../settings/read-settings.ts'
import { defaultTenantSettings, type TenantSettings } from '../settings/tenant-settings.ts'
import type { AuditTrail } from './audit-trail.ts'
import { auditedSite } from './audited-site.ts'
import { drillTaskTypeId, taskTypeId } from './task-type-id.ts'
import type { Site, Tenancy } from './tenancy.ts'

/** A tenant's settings as they are in force, with what the host's task really says. */
export interface SettingsNow {
  /** `automatic` is the host's, whoever changed it there. */
  readonly settings: TenantSettings
  /** Automatic backups as they were saved last on our page. */
  readonly wanted: boolean
  readonly task: TaskState | null
  /** Whether `settings.automatic.schedule` is when the task is due: false where the host can't tell. */
  readonly scheduleKnown: boolean
  /** The task that tries the backups out; null where the host has none. */
  readonly drillTask: TaskState | null
  /** The defaults are shown and retention removes nothing: what is stored makes no sense, or can't be read now. */
  readonly broken: 'invalid' | 'unreadable' | false
  /** What the file says of automatic backups, where operators may edit it. */
  readonly inFile?: TenantSettings['automatic']
}

/** When the task is due; null while nothing is, and while nobody knows. */
export function scheduleInForce({ settings, scheduleKnown }: SettingsNow): Schedule | null {
  const { enabled, schedule } = settings.automatic
  return enabled && scheduleKnown ? schedule : null
}

/**
 * Whether somebody has edited the file, and the host's task does not know yet: it says neither what both `agreed` on
 * last nor what the task says now. Off in two ways is the same.
 */
export function hasNewerFile({ inFile, settings: { automatic } }: SettingsNow, agreed?: AsNoted): boolean {
  if (!inFile || (!inFile.enabled && !automatic.enabled)) return false
  return !isSameAutomatic(inFile, automatic) && (!agreed || !isSameAutomatic(inFile, agreed))
}

type AsNoted = { readonly enabled: boolean; readonly schedule: unknown }

export function isSameAutomatic(one: AsNoted, other: AsNoted): boolean {
  return one.enabled === other.enabled && JSON.stringify(one.schedule) === JSON.stringify(other.schedule)
}

const keepEverything: RetentionRules = {
  maxCount: null,
  maxAgeDays: null,
  keepDaily: null,
  keepWeekly: null,
  keepMonthly: null,
  keepYearly: null,
}

export class SettingsService {
  readonly #host: Host
  readonly #engine: BackupEngine
  readonly #tenancy: Tenancy
  readonly #trail: AuditTrail

  constructor(parts: { host: Host; engine: BackupEngine; tenancy: Tenancy; trail: AuditTrail }) {
    this.#host = parts.host
    this.#engine = parts.engine
    this.#tenancy = parts.tenancy
    this.#trail = parts.trail
  }

  async read(site: Site): Promise<SettingsNow> {
    const { stored, broken } = await this.#stored(site)
    const task = await this.#host.tasks.read(taskTypeId, site.scope)
    const automatic = {
      enabled: task?.active ?? false,
      schedule: task?.schedule ?? stored.automatic.schedule,
    }
    const scheduleKnown = this.#host.capabilities.configuresTasks || Boolean(task?.schedule)
    const drillTask = await this.#host.tasks.read(drillTaskTypeId, site.scope)
    const drill = { ...stored.drill, enabled: drillTask?.active ?? false }
    const settings = { ...stored, automatic, drill }
    return { settings, wanted: stored.automatic.enabled, task, scheduleKnown, drillTask, broken }
  }

  /**
   * Retention as a run applies it: nothing where the settings are broken, and only the last ones where the operator
   * has set a lower limit since the rules were saved.
   */
  async effective(site: Site): Promise<{ readonly retention: RetentionRules }> {
    const { stored, broken } = await this.#stored(site)
    if (broken) return { retention: keepEverything }
    const { maxCount } = site.limits
    const within = maxCount === null || mostKept(stored.retention) <= maxCount
    return { retention: within ? stored.retention : { ...keepEverything, maxCount } }
  }

  /** What saving `change` would lead to. Throws `InvalidSettings`; changes nothing. */
  async consider(site: Site, change: unknown): Promise<TenantSettings> {
    const { settings } = await this.read(site)
    return changeTenantSettings(settings, change, site.limits)
  }

  /**
   * Saves `change` over the current settings and hands schedule and active state to the host's task. Both are
   * changed, or neither. Throws `InvalidSettings`.
   */
  async save(tenantId: string, change: unknown, actor: Actor): Promise<TenantSettings> {
    const event = { id: randomUUID(), actor, action: 'backup.settings', target: 'settings' }
    const site = await auditedSite({ tenancy: this.#tenancy, trail: this.#trail }, tenantId, event)
    return this.#trail.attempt(site, event, async () => {
      const before = await this.read(site)
      // What can't be read now may be whole: laid over the defaults, a change of one field would overwrite the rest.
      if (before.broken === 'unreadable') throw unreadable()
      const settings = changeTenantSettings(before.settings, change, site.limits)
      await this.#store(site, before, settings)
      await this.#note(site, await this.read(site))
      await this.#trail.record(site, { ...event, outcome: 'success', details: { ...settings } })
      return (await this.read(site)).settings
    })
  }

  /** Writes down a schedule that was changed elsewhere, so that missed days can be told from idle ones. */
  async noteTask(site: Site): Promise<void> {
    const now = await this.read(site)
    const schedule = scheduleInForce(now)
    const { schedules } = await this.#engine.inspect(site.vault)
    const last = schedules.at(-1)
    const same =
      (last?.enabled ?? false) === (schedule !== null) &&
      (!schedule || JSON.stringify(last?.schedule) === JSON.stringify(schedule))
    if (!same) await this.#note(site, now)
  }

  async #store(site: Site, before: SettingsNow, after: TenantSettings): Promise<void> {
    if (!this.#host.capabilities.configuresTasks) refuseWhatTheHostSets(before.settings, after)
    // When the drill is due is set at the host alone: a task that nobody switches here is left as it is.
    const drillChanges = before.settings.drill.enabled !== after.drill.enabled
    const tasks = { drillTask: before.drillTask, drillChanges }
    if (drillChanges && !before.drillTask?.schedule)
      throw new InvalidSettings([{ field: 'drill.enabled', problem: 'set-by-host' }])
    try {
      await this.#configure(site, after, tasks)
      await this.#host.settings.write(site.scope, after)
    } catch (error) {
      // What failed first says more than that it could not be taken back.
      await this.#configure(site, before.settings, tasks).catch(() => {})
      throw error
    }
  }

  async #configure(
    site: Site,
    { automatic, drill }: TenantSettings,
    { drillTask, drillChanges }: { readonly drillTask: TaskState | null; readonly drillChanges: boolean },
  ): Promise<void> {
    const { tasks, capabilities } = this.#host
    if (!capabilities.configuresTasks) return
    const { enabled: active, schedule } = automatic
    await tasks.configure(taskTypeId, site.scope, { active, schedule })
    if (drillTask?.schedule && drillChanges)
      await tasks.configure(drillTaskTypeId, site.scope, {
        active: drill.enabled,
        schedule: drillTask.schedule,
      })
  }

  /** Only the strip of days needs it: a folder that can't be written to doesn't keep settings from being saved. */
  async #note(site: Site, settings: SettingsNow): Promise<void> {
    const at = new Date(this.#host.clock.now()).toISOString()
    try {
      const { schedule } = settings.settings.automatic
      const enabled = scheduleInForce(settings) !== null
      await this.#engine.noteSchedule(site.vault, { at, enabled, schedule })
    } catch (error) {
      this.#host.logger.warn('The schedule could not be noted beside the backups', { reason: String(error) })
    }
  }

  async #stored(site: Site): Promise<Pick<SettingsNow, 'broken'> & { readonly stored: TenantSettings }> {
    try {
      return { stored: readTenantSettings(await this.#host.settings.read(site.scope)), broken: false }
    } catch (error) {
      const broken = error instanceof InvalidSettings ? 'invalid' : 'unreadable'
      this.#host.logger.warn('The stored settings can not be read', { ...site.scope, reason: String(error) })
      return { stored: defaultTenantSettings, broken }
    }
  }
}

function refuseWhatTheHostSets(before: TenantSettings, after: TenantSettings): void {
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
  if (!same(after.automatic, before.automatic))
    throw new InvalidSettings([{ field: 'automatic', problem: 'set-by-host' }])
  if (after.drill.enabled !== before.drill.enabled)
    throw new InvalidSettings([{ field: 'drill.enabled', problem: 'set-by-host' }])
}

function unreadable(): BackupError {
  return new BackupError('internal', 'The settings of this tenant can not be read now.', {
    hint: "Try again later; the host's log has the reason. Nothing was changed.",
  })
}
