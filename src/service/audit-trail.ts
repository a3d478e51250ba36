import type { BackupEngine, OutboxEntry, RemovedBackup, RunRequest } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { AuditEntry, Host } from '../host/contract.ts'
import { shorten } from './relative-paths.ts'
import type { Nowhere, VaultSite } from './vault-site.ts'

export type AuditEvent = Omit<AuditEntry, 'scope' | 'at'>

/**
 * Brings every event to the host's audit log exactly once. Workers write what they do into an outbox beside the
 * backups; it is emptied here after each operation and at activation. What could not be written there is recorded
 * directly, under the same id, and the host keeps one entry per id.
 */
export class AuditTrail {
  readonly #host: Host
  readonly #engine: BackupEngine

  constructor(host: Host, engine: BackupEngine) {
    this.#host = host
    this.#engine = engine
  }

  /** A failing audit log is the host's defect: it is logged, and what was done stays done. */
  async record(site: Nowhere, event: AuditEvent): Promise<void> {
    await this.#hand(site, { ...event, at: new Date(this.#host.clock.now()).toISOString() })
  }

  /** Does something, and writes down when it was turned away or failed before anything reached an outbox. */
  async attempt<T>(
    site: Nowhere,
    event: Pick<AuditEvent, 'id' | 'actor' | 'action' | 'target'>,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work()
    } catch (error) {
      await this.record(site, { ...event, target: shown(event.target), ...failureOf(error) })
      throw error
    }
  }

  /** Empties the outbox, and records `event` itself unless it was in there. */
  async settle(site: VaultSite, event: AuditEvent): Promise<void> {
    const delivered = await this.drain(site)
    if (!delivered.has(event.id)) await this.record(site, event)
  }

  /**
   * Records removals by retention under the ids that they have in the outbox: those that could not be written there
   * are not lost, and the host drops the others.
   */
  async removals(
    site: VaultSite,
    { runId, actor }: Pick<RunRequest, 'runId' | 'actor'>,
    removed: readonly RemovedBackup[],
  ): Promise<void> {
    if (removed.length > 0) await this.drain(site)
    for (const { name, reason } of removed)
      await this.record(site, {
        id: `${runId}:${name}`,
        actor,
        action: 'backup.remove',
        target: name,
        outcome: 'success',
        details: { reason, runId },
      })
  }

  /** Hands over what lies in the outbox and returns the ids. What the host refuses stays for the next time. */
  async drain(site: VaultSite): Promise<ReadonlySet<string>> {
    const entries = await this.#read(site)
    const taken: string[] = []
    for (const entry of entries) if (await this.#hand(site, within(site, entry))) taken.push(entry.id)
    if (taken.length > 0) await this.#acknowledge(site, taken)
    return new Set(taken)
  }

  async #read(site: VaultSite): Promise<readonly OutboxEntry[]> {
    try {
      return await this.#engine.outbox(site.vault)
    } catch (error) {
      this.#complain(site, 'The audit outbox could not be read', error)
      return []
    }
  }

  async #acknowledge(site: VaultSite, ids: readonly string[]): Promise<void> {
    try {
      await this.#engine.acknowledge(site.vault, ids)
    } catch (error) {
      // Handed over again next time, under the same ids: the host drops what it has.
      this.#complain(site, 'The audit outbox could not be emptied', error)
    }
  }

  async #hand(site: Nowhere, entry: Omit<AuditEntry, 'scope'>): Promise<boolean> {
    try {
      await this.#host.audit.record({ ...entry, ...placeOf(site, entry) })
      return true
    } catch (error) {
      this.#complain(site, `The audit log did not take "${entry.action}"`, error)
      return false
    }
  }

  #complain(site: Nowhere, message: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#host.logger.warn(message, { ...site.scope, reason })
  }
}

/** The system's entries say which profile they are about. */
function placeOf({ scope, id }: Nowhere, { details }: Pick<AuditEntry, 'details'>) {
  return 'system' in scope && id !== '' ? { scope, details: { ...details, profile: id } } : { scope }
}

/** Workers write full paths; the tenant's people see the log. */
function within(site: VaultSite, entry: OutboxEntry): OutboxEntry {
  const details = Object.entries(entry.details).map(([key, value]) => [
    key,
    typeof value === 'string' ? shorten(site, value) : value,
  ])
  return { ...entry, details: Object.fromEntries(details) }
}

/** A name from outside may be anything; the log keeps a readable start of it. */
function shown(target: string): string {
  const readable = target.replaceAll(/\p{C}/gu, '\uFFFD')
  return readable.length > 200 ? `${readable.slice(0, 200)}…` : readable
}

/** The audit outcome of something that threw. */
export function failureOf(error: unknown): Pick<AuditEvent, 'outcome' | 'details'> {
  if (!(error instanceof BackupError)) return { outcome: 'failure', details: { code: 'internal' } }
  const outcome = error.code === 'cancelled' ? 'cancelled' : 'failure'
  return { outcome, details: { code: error.code, message: error.message } }
}
