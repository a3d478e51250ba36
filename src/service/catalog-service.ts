import { randomUUID } from 'node:crypto'
import type { Backup } from '../engine/backup.ts'
import type { BackupEngine, OpenBackup, Operation } from '../engine/engine.ts'
import type { Actor, Clock } from '../host/contract.ts'
import type { AuditTrail } from './audit-trail.ts'
import { isGood } from './health.ts'
import { notFound } from './not-found.ts'
import { errorWithin } from './relative-paths.ts'
import type { Site, Tenancy } from './tenancy.ts'

/** What can be done with a backup that is there. */
export class CatalogService {
  readonly #engine: BackupEngine
  readonly #tenancy: Tenancy
  readonly #trail: AuditTrail
  readonly #clock: Clock

  constructor(parts: { engine: BackupEngine; tenancy: Tenancy; trail: AuditTrail; clock: Clock }) {
    this.#engine = parts.engine
    this.#tenancy = parts.tenancy
    this.#trail = parts.trail
    this.#clock = parts.clock
  }

  /** A backup, and whether it is the newest proven one of its database. Throws `not-found`. */
  async find(tenantId: string, name: string): Promise<{ backup: Backup; isNewestProven: boolean }> {
    const { vault } = await this.#tenancy.site(tenantId)
    const backups = (await this.#engine.inspect(vault)).backups.map(({ backup }) => backup)
    const backup = backups.find((one) => one.name === name)
    if (!backup) throw notFound(name)
    const newest = backups.find((one) => one.database === backup.database && isGood(one))
    return { backup, isNewestProven: newest === backup }
  }

  /** Throws `not-found` or `protected`. */
  async remove(tenantId: string, name: string, actor: Actor): Promise<Backup> {
    return this.#change(tenantId, name, actor, 'backup.delete', (site, operation) =>
      this.#engine.remove(site.vault, name, operation),
    )
  }

  /** Throws `not-found`. */
  async protect(tenantId: string, name: string, on: boolean, actor: Actor): Promise<Backup> {
    const action = on ? 'backup.protect' : 'backup.unprotect'
    return this.#change(tenantId, name, actor, action, (site, operation) =>
      this.#engine.protect(site.vault, name, { ...operation, protected: on }),
    )
  }

  /**
   * Opens a backup for download, written down before the first byte leaves. The caller closes it.
   * Throws `not-found`.
   */
  async open(tenantId: string, name: string, actor: Actor): Promise<OpenBackup> {
    const site = await this.#tenancy.site(tenantId)
    const event = { id: randomUUID(), actor, action: 'backup.download', target: name }
    return this.#trail.attempt(site, event, async () => {
      const opened = await within(site, this.#engine.open(site.vault, name))
      await this.#trail.record(site, {
        ...event,
        outcome: 'success',
        details: { sizeBytes: opened.sizeBytes },
      })
      return opened
    })
  }

  async #change(
    tenantId: string,
    name: string,
    actor: Actor,
    action: string,
    work: (site: Site, operation: Operation) => Promise<Backup>,
  ): Promise<Backup> {
    const site = await this.#tenancy.site(tenantId)
    const id = randomUUID()
    const event = { id, actor, action, target: name }
    const now = new Date(this.#clock.now()).toISOString()
    const backup = await this.#trail.attempt(site, event, () => within(site, work(site, { id, now, actor })))
    await this.#trail.settle(site, { ...event, outcome: 'success', details: {} })
    return backup
  }
}

async function within<T>(site: Site, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw errorWithin(site, error)
  }
}
