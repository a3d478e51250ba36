import type { Run } from '../engine/backup.ts'
import type { BackupEngine } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { Host } from '../host/contract.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { Sites, VaultSite } from './vault-site.ts'

export interface RecoveryParts<S extends VaultSite> {
  readonly host: Pick<Host, 'clock' | 'logger' | 'notify'>
  readonly engine: BackupEngine
  readonly tenancy: Sites<S>
  readonly trail: AuditTrail
  /** Writes down what the schedule is now. */
  readonly settings: { noteTask(site: S): Promise<void> }
  /** Ids of all places that there are. */
  readonly all: () => Promise<readonly string[]>
}

/** What the runs of a place wait for. */
export type Recovered = Pick<Recovery, 'done'>

/**
 * Puts in order what a kill left behind, once per start and tenant or profile: half-made files are swept, interrupted runs are
 * closed and told, and events that never reached the audit log are handed over.
 */
export class Recovery<S extends VaultSite = VaultSite> {
  readonly #parts: RecoveryParts<S>
  readonly #done = new Map<string, Promise<void>>()
  #last: Promise<void> = Promise.resolve()

  constructor(parts: RecoveryParts<S>) {
    this.#parts = parts
  }

  /** Resolves when the place's leftovers have been looked at: a run that overtook that would hide them. */
  done(id: string): Promise<void> {
    return this.#done.get(id) ?? Promise.resolve()
  }

  /** Has every place that there is looked at. Resolves when all have been. */
  async run(signal: AbortSignal, look = (id: string) => this.look(id, signal)): Promise<void> {
    const ids = await this.#parts.all()
    await Promise.all(ids.map(look))
  }

  /** One place after the other, so that a start stays light. One that fails doesn't keep the next from it. */
  look(id: string, signal: AbortSignal): Promise<void> {
    const looked = this.#last
      .then(() => this.#recover(id, signal))
      .finally(() => {
        if (this.#done.get(id) === looked) this.#done.delete(id)
      })
    this.#done.set(id, looked)
    this.#last = looked
    return looked
  }

  async #recover(id: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { host, engine, tenancy, trail, settings } = this.#parts
    const now = new Date(host.clock.now()).toISOString()
    try {
      const site = await tenancy.site(id)
      const interrupted = await engine.reconcile(site.vault, { now })
      const delivered = await trail.drain(site)
      await settings.noteTask(site)
      for (const run of await this.#untold(site, interrupted, delivered)) await this.#announce(site, run)
    } catch (error) {
      if (signal.aborted) return
      const reason = error instanceof BackupError ? error.message : String(error)
      const { scope } = tenancy.nowhere(id)
      host.logger.warn('Leftovers of earlier runs could not be put in order', { ...scope, id, reason })
    }
  }

  /** Runs that ended while the host was not there to be told: their audit entries reach it only now. */
  async #untold(
    { vault }: VaultSite,
    interrupted: readonly Run[],
    delivered: ReadonlySet<string>,
  ): Promise<readonly Run[]> {
    if (delivered.size === 0) return interrupted
    const known = new Set(interrupted.map(({ id }) => id))
    const { runs } = await this.#parts.engine.inspect(vault)
    return [...interrupted, ...runs.filter(({ id }) => delivered.has(id) && !known.has(id))]
  }

  async #announce({ scope }: VaultSite, { id, status, error }: Run): Promise<void> {
    if (status !== 'failed' || !error) return
    await this.#parts.host.notify?.({
      scope,
      runId: id,
      outcome: 'failed',
      message: error.message,
      hint: error.hint,
    })
  }
}
