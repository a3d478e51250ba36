import { randomUUID } from 'node:crypto'
import type { Backup } from '../engine/backup.ts'
import type { BackupEngine, OpenBackup, Operation } from '../engine/engine.ts'
import type { Actor, Clock } from '../host/contract.ts'
import type { AuditTrail } from './audit-trail.ts'
import { auditedSite } from './audited-site.ts'
import { isGood } from './health.ts'
import { notFound } from './not-found.ts'
import { errorWithin } from './relative-paths.ts'
import type { Sites, VaultSite } from './vault-site.ts'

export interface CatalogParts {
  readonly engine: BackupEngine
  readonly tenancy: Sites
  readonly trail: AuditTrail
  readonly clock: Clock
}

export interface OpenedBackup extends OpenBackup {
  /** Writes down that bytes are about to leave. */
  deliver(details: Readonly<Record<string, number>>): Promise<void>
}

/** What can be done with a backup that is there. */
export class CatalogService {
  readonly #parts: CatalogParts

  constructor(parts: CatalogParts) {
    this.#parts = parts
  }

  /** A backup, and whether it is the newest proven one of its database. Throws `not-found`. */
  async find(id: string, name: string): Promise<{ backup: Backup; isNewestProven: boolean }> {
    const { vault } = await this.#parts.tenancy.site(id)
    const backups = (await this.#parts.engine.inspect(vault)).backups.map(({ backup }) => backup)
    const backup = backups.find((one) => one.name === name)
    if (!backup) throw notFound(name)
    const newest = backups.find((one) => one.database === backup.database && isGood(one))
    return { backup, isNewestProven: newest === backup }
  }

  /** Throws `not-found` or `protected`. */
  async remove(id: string, name: string, actor: Actor): Promise<Backup> {
    return this.#change(id, name, actor, 'backup.delete', (site, operation) =>
      this.#parts.engine.remove(site.vault, name, operation),
    )
  }

  /** Throws `not-found`. */
  async protect(id: string, name: string, on: boolean, actor: Actor): Promise<Backup> {
    const action = on ? 'backup.protect' : 'backup.unprotect'
    return this.#change(id, name, actor, action, (site, operation) =>
      this.#parts.engine.protect(site.vault, name, { ...operation, protected: on }),
    )
  }

  /**
   * Opens a backup for reading. The caller closes it, and says `deliver` before the first byte leaves: that writes the
   * download down. Throws `not-found`.
   */
  async open(id: string, name: string, actor: Actor): Promise<OpenedBackup> {
    const event = { id: randomUUID(), actor, action: 'backup.download', target: name }
    const site = await auditedSite(this.#parts, id, event)
    const opened = await this.#parts.trail.attempt(site, event, () =>
      within(site, this.#parts.engine.open(site.vault, name)),
    )
    const deliver = (details: Readonly<Record<string, number>>) =>
      this.#parts.trail.record(site, { ...event, outcome: 'success', details })
    return { ...opened, deliver }
  }

  async #change(
    id: string,
    name: string,
    actor: Actor,
    action: string,
    work: (site: VaultSite, operation: Operation) => Promise<Backup>,
  ): Promise<Backup> {
    const event = { id: randomUUID(), actor, action, target: name }
    const site = await auditedSite(this.#parts, id, event)
    const now = new Date(this.#parts.clock.now()).toISOString()
    const backup = await this.#parts.trail.attempt(site, event, () =>
      within(site, work(site, { id: event.id, now, actor })),
    )
    await this.#parts.trail.settle(site, { ...event, outcome: 'success', details: {} })
    return backup
  }
}

async function within<T>(site: VaultSite, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw errorWithin(site, error)
  }
}
