import type { Trigger } from '../engine/backup.ts'
import type { BackupEngine } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { Actor, Host } from '../host/contract.ts'
import type { ActiveRun } from './active-run.ts'
import type { AuditTrail } from './audit-trail.ts'
import { notFound } from './not-found.ts'
import type { Recovered } from './recovery.ts'
import type { RunBoard } from './run-board.ts'
import { type NextStart, type RunStart, RunStarter, type Work } from './run-starter.ts'
import type { SettingsService } from './settings-service.ts'
import type { Site, Tenancy } from './tenancy.ts'

export type { Work } from './run-starter.ts'

/** Schedules start a little early or late; a run within this part of the operator's interval is not too soon. */
const SCHEDULE_TOLERANCE = 0.9

export interface CreateOrder {
  readonly trigger: Trigger
  /** Null for the schedule. */
  readonly actor: Actor | null
  readonly note: string | null
}

export interface RunServiceParts {
  readonly host: Host
  readonly engine: BackupEngine
  readonly tenancy: Tenancy
  readonly board: RunBoard
  readonly trail: AuditTrail
  readonly settings: SettingsService
  readonly recovery: Recovered
}

/** The runs of tenants. */
export class RunService {
  readonly #parts: RunServiceParts
  readonly #starter: RunStarter<Site>

  constructor(parts: RunServiceParts) {
    this.#parts = parts
    this.#starter = new RunStarter(parts)
  }

  /** Begins a backup of every database of the tenant. Throws `busy`, or `limit-reached` for one by hand. */
  create(tenantId: string, order: CreateOrder): Promise<ActiveRun> {
    const { trigger, actor } = order
    return this.start(tenantId, { kind: 'create', trigger, target: '', actor }, async (site) => {
      await this.#withinLimits(site)
      return this.#making(site, order)
    })
  }

  /** The same, after the runs in flight have ended. Rejects with the signal's reason when it aborts before. */
  createNext(tenantId: string, order: CreateOrder, signal: AbortSignal): Promise<ActiveRun> {
    const { trigger, actor } = order
    return this.startNext(tenantId, { kind: 'create', trigger, actor }, signal, (site) =>
      this.#making(site, order),
    )
  }

  /** See `RunStarter`. */
  start(id: string, start: RunStart, prepare: (site: Site) => Promise<Work>): Promise<ActiveRun> {
    return this.#starter.start(id, start, prepare)
  }

  /** See `RunStarter`. */
  startNext(
    id: string,
    start: NextStart,
    signal: AbortSignal,
    workFor: (site: Site) => Work,
  ): Promise<ActiveRun> {
    return this.#starter.startNext(id, start, signal, workFor)
  }

  /** Throws `not-found` for a run that isn't in flight. */
  cancel(tenantId: string, runId: string, actor: Actor): ActiveRun {
    return this.#starter.cancel(tenantId, runId, actor)
  }

  /** Begins to prove one backup again. Throws `not-found` or `busy`. */
  async verify(tenantId: string, name: string, actor: Actor): Promise<ActiveRun> {
    const { engine } = this.#parts
    const start = { kind: 'verify', trigger: 'manual', target: name, actor } as const
    return this.start(tenantId, start, async ({ vault }) => {
      const { backups } = await engine.inspect(vault)
      if (!backups.some(({ backup }) => backup.name === name)) throw notFound(name)
      return async (request, options) => [await engine.verify({ ...request, vault, name }, options)]
    })
  }

  #making(site: Site, order: CreateOrder): Work {
    return async (request, options) => {
      const { host, engine, settings, trail } = this.#parts
      if (order.trigger === 'scheduled') {
        await settings.noteTask(site)
        await this.#notTooSoon(site, SCHEDULE_TOLERANCE)
      }
      const { retention } = await settings.effective(site)
      const made = await engine.create(
        {
          ...request,
          vault: site.vault,
          note: order.note,
          patient: order.trigger !== 'manual',
          appVersion: host.version,
          retention,
          timeZone: site.timeZone,
          maxBytes: site.limits.maxBytes,
        },
        options,
      )
      for (const { message } of made.warnings)
        host.logger.warn(message, { tenant: site.id, run: request.runId })
      await trail.removals(site, request, made.removed)
      return made.backups
    }
  }

  async #withinLimits({ vault, limits }: Site): Promise<void> {
    const { maxCount, minIntervalMinutes } = limits
    if (maxCount === null && minIntervalMinutes === null) return
    const { backups } = await this.#parts.engine.inspect(vault)
    if (maxCount !== null && backups.length >= maxCount)
      throw limitReached(`There are ${backups.length} backups, and the operator allows ${maxCount}.`, {
        count: backups.length,
        max: maxCount,
      })
    await this.#notTooSoon({ vault, limits }, 1)
  }

  /** Throws `limit-reached` when the newest backup is younger than `part` of the interval that the operator asks for. */
  async #notTooSoon({ vault, limits }: Pick<Site, 'vault' | 'limits'>, part: number): Promise<void> {
    const { minIntervalMinutes: minutes } = limits
    if (minutes === null) return
    const { backups } = await this.#parts.engine.inspect(vault)
    const newest = backups.find(({ sequence }) => sequence > 0)?.backup.createdAt
    const age = newest ? this.#parts.host.clock.now() - Date.parse(newest) : Number.POSITIVE_INFINITY
    if (age >= 0 && age < minutes * 60_000 * part)
      throw limitReached(`The operator allows one backup every ${minutes} minutes.`, { minutes })
  }
}

function limitReached(message: string, details: Record<string, number>): BackupError {
  return new BackupError('limit-reached', message, {
    hint: 'Wait or delete what is no longer needed, or ask the operator for more.',
    details,
  })
}
