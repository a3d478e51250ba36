import { randomUUID } from 'node:crypto'
import type { ArchiveRunOptions } from '../engine/archiving.ts'
import type { Backup, Run, RunKind, Trigger } from '../engine/backup.ts'
import type { RunRequest } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import { isStopping } from '../engine/failure.ts'
import type { Actor, Host } from '../host/contract.ts'
import { ActiveRun, type RunEnd } from './active-run.ts'
import type { AuditTrail } from './audit-trail.ts'
import { auditedSite } from './audited-site.ts'
import type { Recovered } from './recovery.ts'
import { storedWithin } from './relative-paths.ts'
import type { RunBoard } from './run-board.ts'
import type { Nowhere, Sites, VaultSite } from './vault-site.ts'

/** A run that takes longer is stopped: `timed-out`. Long enough for terabytes on a slow disk. */
const DEADLINE_MS = 12 * 60 * 60 * 1000

/**
 * The part of a run that the engine does; returns the backups, or that the run goes on at the next start
 * of the application.
 */
export type Work = (
  run: Omit<RunRequest, 'vault'>,
  options: ArchiveRunOptions,
) => Promise<readonly Backup[] | 'parked'>

/** A run that a task asks for. */
export type NextStart = Pick<RunStart, 'kind' | 'trigger' | 'actor'> & {
  /** Given where the run goes on with something that has one. */
  readonly id?: string
}

export interface RunStart {
  readonly kind: RunKind
  readonly trigger: Trigger
  /** What it is about, for the audit log. */
  readonly target: string
  /** Null for the schedule. */
  readonly actor: Actor | null
}

export interface RunStarterParts<S extends VaultSite> {
  readonly host: Pick<Host, 'clock' | 'logger' | 'notify' | 'signal'>
  readonly tenancy: Sites<S>
  readonly board: RunBoard
  readonly trail: AuditTrail
  readonly recovery: Recovered
}

/** Starts runs, follows them to their end, and tells audit and notify about it. At most one at a time for each site. */
export class RunStarter<S extends VaultSite> {
  readonly #parts: RunStarterParts<S>

  constructor(parts: RunStarterParts<S>) {
    this.#parts = parts
  }

  /** Begins a run. `prepare` refuses it, or says what it does. Throws `busy`, and what `prepare` throws. */
  async start(
    id: string,
    { kind, trigger, target, actor }: RunStart,
    prepare: (site: S) => Promise<Work>,
  ): Promise<ActiveRun> {
    const { board, trail, recovery } = this.#parts
    const event = { id: randomUUID(), actor, action: `backup.${kind}`, target }
    const site = await auditedSite(this.#parts, id, event)
    const { active, work } = await trail.attempt(site, event, async () => {
      const work = await prepare(site)
      return { work, active: board.claim(id, () => this.#begin(kind, trigger)) }
    })
    void recovery.done(id).then(() => this.#follow(site, active, actor, work))
    return active
  }

  /** Begins a run after those in flight have ended. Rejects with the signal's reason when it aborts before. */
  async startNext(
    id: string,
    { kind, trigger, actor, id: runId }: NextStart,
    signal: AbortSignal,
    workFor: (site: S) => Work,
  ): Promise<ActiveRun> {
    const { board, recovery, tenancy } = this.#parts
    const active = await board.claimNext(id, () => this.#begin(kind, trigger, runId), signal)
    const stop = () => active.cancel(stopped())
    signal.addEventListener('abort', stop, { once: true })
    void active.ended.then(() => signal.removeEventListener('abort', stop))
    recovery
      .done(id)
      .then(() => tenancy.site(id))
      .then(
        (site) => this.#follow(site, active, actor, workFor(site)),
        (error) => this.#follow(tenancy.nowhere(id), active, actor, () => Promise.reject(error)),
      )
    return active
  }

  /** Throws `not-found` for a run that isn't in flight. */
  cancel(id: string, runId: string, actor: Actor): ActiveRun {
    const active = this.#parts.board.active(id)
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

  async #follow(site: S | Nowhere, active: ActiveRun, actor: Actor | null, work: Work): Promise<void> {
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
    await ('vault' in site ? this.#parts.trail.settle(site as S, told) : this.#parts.trail.record(site, told))
    const run = active.finish(end, this.#now())
    await this.#announce(site, run)
  }

  async #attempt(
    site: S | Nowhere,
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
          onItem: (current) => active.busyWith(current),
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

  #endOf(site: S | Nowhere, error: unknown): RunEnd {
    const known = error instanceof BackupError ? error : this.#defect(error)
    if (known.code === 'internal' || known.code === 'worker-crashed')
      this.#parts.host.logger.error(known.message, { ...site.scope, cause: stackOf(known.cause) })
    const status = known.code === 'cancelled' ? 'cancelled' : 'failed'
    return {
      status,
      made: [],
      error: 'vault' in site ? storedWithin(site as S, known.toJSON()) : known.toJSON(),
    }
  }

  #defect(error: unknown): BackupError {
    return new BackupError('internal', 'Something unexpected went wrong in the plugin.', {
      hint: "The host's log has the details.",
      cause: error,
    })
  }

  async #announce(site: Nowhere, run: Run): Promise<void> {
    const { notify, logger } = this.#parts.host
    if (!notify || !run.error || (run.status !== 'failed' && run.status !== 'partial')) return
    try {
      const { message, hint } = run.error
      await notify({ scope: site.scope, runId: run.id, outcome: run.status, message, hint })
    } catch (error) {
      logger.warn('The notification of a failed backup did not get through', { reason: String(error) })
    }
  }

  #now(): string {
    return new Date(this.#parts.host.clock.now()).toISOString()
  }
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? 'unknown')
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
