import { randomUUID } from 'node:crypto'
import type { Backup, Run, RunKind, Trigger } from '../engine/backup.ts'
import type { BackupEngine, RunOptions, RunRequest } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import { isStopping } from '../engine/failure.ts'
import type { Actor, Host } from '../host/contract.ts'
import { ActiveRun, type RunEnd } from './active-run.ts'
import type { AuditTrail } from './audit-trail.ts'
import { auditedSite, type Nowhere, nowhere } from './audited-site.ts'
import { notFound } from './not-found.ts'
import type { Recovery } from './recovery.ts'
import { storedWithin } from './relative-paths.ts'
import type { RunBoard } from './run-board.ts'
import type { SettingsService } from './settings-service.ts'
import type { Site, Tenancy } from './tenancy.ts'

/** A run that takes longer is stopped: `timed-out`. Long enough for terabytes on a slow disk. */
const DEADLINE_MS = 12 * 60 * 60 * 1000

/**
 * The part of a run that the engine does; returns the backups, or that the run goes on at the next start
 * of the application.
 */
export type Work = (
  run: Omit<RunRequest, 'vault'>,
  options: RunOptions,
) => Promise<readonly Backup[] | 'parked'>

/** A run that a task asks for; `actor` is null for the schedule. */
export type NextStart = Pick<RunStart, 'kind' | 'trigger'> & {
  readonly actor: Actor | null
  /** Given where the run goes on with something that has one. */
  readonly id?: string
}

export interface RunStart {
  readonly kind: RunKind
  readonly trigger: Trigger
  /** What it is about, for the audit log. */
  readonly target: string
  readonly actor: Actor
}

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
  readonly recovery: Recovery
}

/** Starts runs, follows them to their end, and tells audit and notify about it. */
export class RunService {
  readonly #parts: RunServiceParts

  constructor(parts: RunServiceParts) {
    this.#parts = parts
  }

  /** Begins a backup of every database of the tenant. Throws `busy`, or `limit-reached` for one by hand. */
  async create(tenantId: string, order: CreateOrder): Promise<ActiveRun> {
    const { board, trail } = this.#parts
    const event = { id: randomUUID(), actor: order.actor, action: 'backup.create', target: '' }
    const site = await auditedSite(this.#parts, tenantId, event)
    const active = await trail.attempt(site, event, async () => {
      await this.#withinLimits(site)
      return board.claim(tenantId, () => this.#begin('create', order.trigger))
    })
    void this.#parts.recovery
      .done(tenantId)
      .then(() => this.#follow(site, active, order.actor, this.#making(site, order)))
    return active
  }

  /** The same, after the runs in flight have ended. Rejects with the signal's reason when it aborts before. */
  createNext(tenantId: string, order: CreateOrder, signal: AbortSignal): Promise<ActiveRun> {
    const { trigger, actor } = order
    return this.startNext(tenantId, { kind: 'create', trigger, actor }, signal, (site) =>
      this.#making(site, order),
    )
  }

  /** Begins a run after those in flight have ended. Rejects with the signal's reason when it aborts before. */
  async startNext(
    tenantId: string,
    { kind, trigger, actor, id }: NextStart,
    signal: AbortSignal,
    workFor: (site: Site) => Work,
  ): Promise<ActiveRun> {
    const { board, recovery, tenancy } = this.#parts
    const active = await board.claimNext(tenantId, () => this.#begin(kind, trigger, id), signal)
    const stop = () => active.cancel(stopped())
    signal.addEventListener('abort', stop, { once: true })
    void active.ended.then(() => signal.removeEventListener('abort', stop))
    recovery
      .done(tenantId)
      .then(() => tenancy.site(tenantId))
      .then(
        (site) => this.#follow(site, active, actor, workFor(site)),
        (error) => this.#follow(nowhere(tenantId), active, actor, () => Promise.reject(error)),
      )
    return active
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

  /** Begins a run. `prepare` refuses it, or says what it does. Throws `busy`, and what `prepare` throws. */
  async start(
    tenantId: string,
    { kind, trigger, target, actor }: RunStart,
    prepare: (site: Site) => Promise<Work>,
  ): Promise<ActiveRun> {
    const { board, trail, recovery } = this.#parts
    const event = { id: randomUUID(), actor, action: `backup.${kind}`, target }
    const site = await auditedSite(this.#parts, tenantId, event)
    const { active, work } = await trail.attempt(site, event, async () => {
      const work = await prepare(site)
      return { work, active: board.claim(tenantId, () => this.#begin(kind, trigger)) }
    })
    void recovery.done(tenantId).then(() => this.#follow(site, active, actor, work))
    return active
  }

  /** Throws `not-found` for a run that isn't in flight. */
  cancel(tenantId: string, runId: string, actor: Actor): ActiveRun {
    const active = this.#parts.board.active(tenantId)
    if (active?.run.id !== runId)
      throw new BackupError('not-found', 'There is no such run in progress.', {
        hint: 'It may have ended already.',
      })
    if (isPastCancelling(active.run)) throw tooLate()
    active.cancel(
      new BackupError('cancelled', `Cancelled by ${actor.name}.`, {
        hint: 'Nothing was kept of it. Start another backup when you are ready.',
        details: { by: actor.name },
      }),
    )
    return active
  }

  #begin(kind: RunKind, trigger: Trigger, id: string = randomUUID()): ActiveRun {
    return new ActiveRun({ id, kind, trigger, startedAt: this.#now() })
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
          timeZone: site.tenant.timeZone,
          maxBytes: site.limits.maxBytes,
        },
        options,
      )
      for (const warning of made.warnings)
        host.logger.warn(warning, { tenant: site.tenant.id, run: request.runId })
      await trail.removals(site, request, made.removed)
      return made.backups
    }
  }

  async #follow(site: Site | Nowhere, active: ActiveRun, actor: Actor | null, work: Work): Promise<void> {
    const end = await this.#attempt(site, active, actor, work)
    if (end === 'parked') return active.park()
    const { id, kind } = active.run
    const told = {
      id,
      actor,
      action: `backup.${kind}`,
      target: end.made.map(({ name }) => name).join(', '),
      outcome: end.status === 'cancelled' ? 'cancelled' : end.error ? 'failure' : 'success',
      details: end.error ? { code: end.error.code, message: end.error.message } : {},
    } as const
    await ('vault' in site ? this.#parts.trail.settle(site, told) : this.#parts.trail.record(site, told))
    const run = active.finish(end, this.#now())
    await this.#announce(site, run)
  }

  async #attempt(
    site: Site | Nowhere,
    active: ActiveRun,
    actor: Actor | null,
    work: Work,
  ): Promise<RunEnd | 'parked'> {
    const { id: runId, startedAt, trigger } = active.run
    const deadline = setTimeout(() => active.cancel(timedOut()), DEADLINE_MS).unref()
    const stop = () => active.cancel(stopped())
    const hostSignal = this.#parts.host.signal
    if (hostSignal.aborted) stop()
    hostSignal.addEventListener('abort', stop, { once: true })
    try {
      active.signal.throwIfAborted()
      const made = await work(
        { runId, startedAt, trigger, actor },
        {
          signal: active.signal,
          onProgress: ({ stage, progress }) => active.advance(stage, progress),
        },
      )
      return made === 'parked' ? made : { status: 'completed', made, error: null }
    } catch (error) {
      // An upload is whole and stays: the next start goes on with it.
      if (active.run.kind === 'upload' && error instanceof BackupError && isStopping(error)) return 'parked'
      return this.#endOf(site, error)
    } finally {
      clearTimeout(deadline)
      hostSignal.removeEventListener('abort', stop)
    }
  }

  #endOf(site: Site | Nowhere, error: unknown): RunEnd {
    const known = error instanceof BackupError ? error : this.#defect(error)
    if (known.code === 'internal' || known.code === 'worker-crashed')
      this.#parts.host.logger.error(known.message, { ...site.scope, cause: stackOf(known.cause) })
    const status = known.code === 'cancelled' ? 'cancelled' : 'failed'
    return {
      status,
      made: [],
      error: 'vault' in site ? storedWithin(site, known.toJSON()) : known.toJSON(),
    }
  }

  #defect(error: unknown): BackupError {
    return new BackupError('internal', 'Something unexpected went wrong in the plugin.', {
      hint: "The host's log has the details.",
      cause: error,
    })
  }

  async #announce(site: Pick<Site, 'scope'>, run: Run): Promise<void> {
    const { notify, logger } = this.#parts.host
    if (!notify || !run.error || (run.status !== 'failed' && run.status !== 'partial')) return
    try {
      const { message, hint } = run.error
      await notify({ scope: site.scope, runId: run.id, outcome: run.status, message, hint })
    } catch (error) {
      logger.warn('The notification of a failed backup did not get through', { reason: String(error) })
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

  #now(): string {
    return new Date(this.#parts.host.clock.now()).toISOString()
  }
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? 'unknown')
}

function limitReached(message: string, details: Record<string, number>): BackupError {
  return new BackupError('limit-reached', message, {
    hint: 'Wait or delete what is no longer needed, or ask the operator for more.',
    details,
  })
}

/** Once the backup has taken the database's place there is nothing left to cancel. */
const isPastCancelling = ({ stage }: Run) => stage === 'swap' || stage === 'compare'

function tooLate(): BackupError {
  return new BackupError('too-late', 'The backup is in place already: it is too late to cancel.', {
    hint: 'Let the run end. The state before was saved; you can roll back to it.',
  })
}

/** Why runs end when the host stops or the plugin is unloaded. */
export function stopped(): BackupError {
  return new BackupError('cancelled', 'Cancelled because the host is stopping.', {
    hint: 'The next run starts anew.',
    details: { by: 'host', stopping: 1 },
  })
}

function timedOut(): BackupError {
  return new BackupError('timed-out', `The run took longer than ${DEADLINE_MS / 3_600_000} hours.`, {
    hint: 'See whether the disk is overloaded or hangs.',
    details: { hours: DEADLINE_MS / 3_600_000 },
  })
}
