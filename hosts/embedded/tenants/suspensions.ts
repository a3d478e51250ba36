import type { Lease, Logger, Tenant } from 'automate-plugin-backup/host'
import { HostError, messageOf } from '../host-error.ts'
import type { TenantDatabases } from './tenant-databases.ts'

export interface SuspensionOptions {
  /** Shown to people who want the tenant's data meanwhile. */
  readonly reason: string
  /** Counted from now on a clock that nobody can set. */
  readonly deadlineMs: number
  /** Id of the plugin that asks. */
  readonly holder: string
}

interface Suspension extends SuspensionOptions {
  /** Opens the databases again. `early`: it was not the holder who wanted that. */
  end(early: boolean): Promise<void>
}

/** Longest time that a timer can wait; Node fires at once beyond it. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Tenants whose databases are closed because a plugin asked for it. This host is one process that does its work on
 * databases without pause, so that nothing is in the middle of a statement when they are closed.
 */
export class Suspensions {
  readonly #databases: Pick<TenantDatabases, 'closeTenant' | 'openTenant'>
  readonly #logger: Logger
  readonly #held = new Map<string, Suspension>()

  constructor(databases: Pick<TenantDatabases, 'closeTenant' | 'openTenant'>, logger: Logger) {
    this.#databases = databases
    this.#logger = logger
  }

  /** Why the tenant's databases are closed; null when they are not. */
  reasonFor(tenantId: string): string | null {
    return this.#held.get(tenantId)?.reason ?? null
  }

  /** See `Tenants.suspend` of the contract. */
  async begin(tenant: Tenant | null, options: SuspensionOptions): Promise<Lease> {
    if (tenant === null) throw new HostError('There is no such tenant', 'It may have been removed.')
    if (this.#held.has(tenant.id))
      throw new HostError(`${tenant.displayName} is closed already`, 'Wait until it is open again.')
    if (!(options.deadlineMs > 0)) throw new RangeError(`Not a deadline: ${options.deadlineMs}`)
    const lease = this.#hold(tenant, options)
    try {
      this.#databases.closeTenant(tenant)
    } catch (error) {
      await lease.release()
      throw new HostError(`${tenant.displayName} could not be closed: ${messageOf(error)}`, 'Try again.')
    }
    this.#logger.info(`${tenant.displayName} is closed: ${options.reason}`, { plugin: options.holder })
    return lease
  }

  async endAllOf(holder: string): Promise<void> {
    const held = [...this.#held.values()].filter((suspension) => suspension.holder === holder)
    for (const suspension of held) await suspension.end(true)
  }

  #hold(tenant: Tenant, options: SuspensionOptions): Lease {
    const early = new AbortController()
    const timer = setTimeout(() => void end(true), Math.min(options.deadlineMs, longestTimerMs)).unref()
    let ended: Promise<void> | null = null
    const end = (isEarly: boolean): Promise<void> => {
      clearTimeout(timer)
      if (ended === null && isEarly) early.abort(new DOMException('The lease has ended', 'AbortError'))
      ended ??= this.#reopen(tenant)
      return ended
    }
    this.#held.set(tenant.id, { ...options, end })
    return { signal: early.signal, release: () => end(false) }
  }

  async #reopen(tenant: Tenant): Promise<void> {
    await this.#databases.openTenant(tenant)
    this.#held.delete(tenant.id)
    this.#logger.info(`${tenant.displayName} is open again`)
  }
}
