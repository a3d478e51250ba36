import { BackupError } from '../engine/errors.ts'
import type { Host, Lease, Tenant } from '../host/contract.ts'

/** The plugin gives up a little before the host would: never does both happen at once. */
const OWN_SHARE = 0.9
/** Longer than opening databases takes. */
const OPEN_AGAIN_MS = 30_000

const reasons = {
  en: 'A backup is being restored.',
  de: 'Eine Sicherung wird wiederhergestellt.',
} as const

/** One tenant's databases, closed by the host for as long as a restore needs it. */
export class Suspension {
  readonly #host: Pick<Host, 'tenants' | 'logger'>
  readonly #tenant: Tenant
  readonly #deadlineMs: number
  readonly #lost = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #asked: Promise<Lease> | null = null
  #held: Lease | null = null

  constructor(host: Pick<Host, 'tenants' | 'logger'>, tenant: Tenant, deadlineMs: number) {
    this.#host = host
    this.#tenant = tenant
    this.#deadlineMs = deadlineMs
  }

  /** Aborts when the databases are, or will soon be, open again without our having released them. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Resolves when every process of the host has closed them. Throws `suspend-failed`. */
  async begin(): Promise<void> {
    this.#timer = setTimeout(() => this.#lose(), this.#deadlineMs * OWN_SHARE).unref()
    this.#asked = this.#ask()
    try {
      this.#held = await this.#asked
      const { signal } = this.#held
      if (signal.aborted) throw new Error('it ended at once')
      signal.addEventListener('abort', () => this.#lose(), { once: true })
    } catch (error) {
      throw suspendFailed(error instanceof Error ? error.message : String(error))
    }
  }

  /**
   * Has them opened again, and waits for that, but not for ever: the host ends the lease at its deadline. While the
   * host is still about to close them there is nothing to wait for; then they are opened when it has. Never rejects.
   */
  async end(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#asked === null) return
    const released = this.#asked.then((lease) => lease.release())
    const told = released.catch((error: unknown) => this.#complain(error))
    if (this.#held === null) return
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, OPEN_AGAIN_MS)
    })
    await Promise.race([told, patience])
    clearTimeout(timer)
  }

  /** A host that did not close them has said so already. */
  #complain(error: unknown): void {
    if (this.#held === null) return
    const reason = error instanceof Error ? error.message : String(error)
    this.#host.logger.error('The databases of a tenant were not opened again', {
      tenant: this.#tenant.id,
      reason,
    })
  }

  async #ask(): Promise<Lease> {
    const { suspend } = this.#host.tenants
    if (!suspend) throw new Error('the host can not close databases')
    const reason = reasons[this.#tenant.language.toLowerCase().startsWith('de') ? 'de' : 'en']
    return await suspend.call(this.#host.tenants, this.#tenant.id, { reason, deadlineMs: this.#deadlineMs })
  }

  #lose(): void {
    this.#lost.abort(suspendFailed('they were opened again before the restore had ended'))
  }
}

function suspendFailed(reason: string): BackupError {
  return new BackupError(
    'suspend-failed',
    `The application did not close its databases for long enough: ${reason}.`,
    {
      hint: 'The data is what it was. Try again at a quieter time, or have the operator restore while the application is stopped.',
    },
  )
}
