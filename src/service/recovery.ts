import type { Run } from '../engine/backup.ts'
import type { BackupEngine } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { Host } from '../host/contract.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { SettingsService } from './settings-service.ts'
import type { Site, Tenancy } from './tenancy.ts'

/**
 * Puts in order what a kill left behind, once per start and tenant: half-made files are swept, interrupted runs are
 * closed and told, and events that never reached the audit log are handed over.
 */
export class Recovery {
  readonly #host: Host
  readonly #engine: BackupEngine
  readonly #tenancy: Tenancy
  readonly #trail: AuditTrail
  readonly #settings: SettingsService
  readonly #done = new Map<string, Promise<void>>()
  #last: Promise<void> = Promise.resolve()

  constructor(parts: {
    host: Host
    engine: BackupEngine
    tenancy: Tenancy
    trail: AuditTrail
    settings: SettingsService
  }) {
    this.#host = parts.host
    this.#engine = parts.engine
    this.#tenancy = parts.tenancy
    this.#trail = parts.trail
    this.#settings = parts.settings
  }

  /** Resolves when the tenant's leftovers have been looked at: a run that overtook that would hide them. */
  done(tenantId: string): Promise<void> {
    return this.#done.get(tenantId) ?? Promise.resolve()
  }

  /** Has every tenant that there is looked at. Resolves when all have been. */
  async run(look: (tenantId: string) => Promise<void>): Promise<void> {
    const tenants = await this.#host.tenants.list()
    await Promise.all(tenants.map(({ id }) => look(id)))
  }

  /** One tenant after the other, so that a start stays light. One that fails doesn't keep the next from it. */
  look(tenantId: string, signal: AbortSignal): Promise<void> {
    const looked = this.#last
      .then(() => this.#recover(tenantId, signal))
      .finally(() => {
        if (this.#done.get(tenantId) === looked) this.#done.delete(tenantId)
      })
    this.#done.set(tenantId, looked)
    this.#last = looked
    return looked
  }

  async #recover(tenantId: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const now = new Date(this.#host.clock.now()).toISOString()
    try {
      const site = await this.#tenancy.site(tenantId)
      const interrupted = await this.#engine.reconcile(site.vault, { now })
      const delivered = await this.#trail.drain(site)
      await this.#settings.noteTask(site)
      for (const run of await this.#untold(site, interrupted, delivered)) await this.#announce(site, run)
    } catch (error) {
      if (signal.aborted) return
      const reason = error instanceof BackupError ? error.message : String(error)
      this.#host.logger.warn('Leftovers of earlier runs could not be put in order', {
        tenant: tenantId,
        reason,
      })
    }
  }

  /** Runs that ended while the host was not there to be told: their audit entries reach it only now. */
  async #untold(
    { vault }: Site,
    interrupted: readonly Run[],
    delivered: ReadonlySet<string>,
  ): Promise<readonly Run[]> {
    if (delivered.size === 0) return interrupted
    const known = new Set(interrupted.map(({ id }) => id))
    const { runs } = await this.#engine.inspect(vault)
    return [...interrupted, ...runs.filter(({ id }) => delivered.has(id) && !known.has(id))]
  }

  async #announce({ scope }: Site, { id, status, error }: Run): Promise<void> {
    if (status !== 'failed' || !error) return
    await this.#host.notify?.({
      scope,
      runId: id,
      outcome: 'failed',
      message: error.message,
      hint: error.hint,
    })
  }
}
