import { randomUUID } from 'node:crypto'
import type { BackupEngine } from '../engine/engine.ts'
import type { RescueRows, RescueTables, RowsLook, RowsTaking, TakenRows } from '../engine/rescuing.ts'
import type { Actor, Host, Tenant } from '../host/contract.ts'
import type { AuditEvent, AuditTrail } from './audit-trail.ts'
import { failureOf } from './audit-trail.ts'
import { auditedSite } from './audited-site.ts'
import { errorWithin } from './relative-paths.ts'
import type { Site, Tenancy } from './tenancy.ts'

export interface RescueParts {
  readonly host: Pick<Host, 'signal'>
  readonly engine: BackupEngine
  readonly tenancy: Tenancy
  readonly trail: AuditTrail
}

type Looked<T> = T & { readonly tenant: Tenant }

/** Looks into backups, and takes rows out. Looking is not written down; what leaves is, once. */
export class RescueService {
  readonly #parts: RescueParts

  constructor(parts: RescueParts) {
    this.#parts = parts
  }

  tables(tenantId: string, name: string, signal: AbortSignal): Promise<Looked<RescueTables>> {
    return this.#look(tenantId, (site) =>
      this.#parts.engine.rescueTables({ vault: site.vault, name }, this.#until(signal)),
    )
  }

  rows(tenantId: string, look: Omit<RowsLook, 'vault'>, signal: AbortSignal): Promise<Looked<RescueRows>> {
    return this.#look(tenantId, (site) =>
      this.#parts.engine.rescueRows({ ...look, vault: site.vault }, this.#until(signal)),
    )
  }

  /**
   * The entry says how it ended, so it is written when the last row has left, before the reader hears of the end: also
   * when the reader went away in the middle, or something failed.
   */
  async take(
    tenantId: string,
    taking: Omit<RowsTaking, 'vault'>,
    { actor, signal }: { readonly actor: Actor; readonly signal: AbortSignal },
  ): Promise<TakenRows> {
    const { trail, engine } = this.#parts
    const event = { id: randomUUID(), actor, action: 'backup.rescue', target: taking.name }
    const site = await auditedSite(this.#parts, tenantId, event)
    const taken = await trail.attempt(site, event, () =>
      within(site, engine.takeRows({ ...taking, vault: site.vault }, this.#until(signal))),
    )
    const recorded = taken.ended.then(
      ({ rows }) => this.#record(site, event, { outcome: 'success', details: detailsOf(taking, rows) }),
      (error: unknown) => {
        const { outcome, details } = failureOf(error)
        return this.#record(site, event, {
          outcome,
          details: { ...detailsOf(taking, taken.rows()), ...details },
        })
      },
    )
    const stream = taken.stream.pipeThrough(new TransformStream({ flush: () => recorded }))
    return { ...taken, stream }
  }

  #record(
    site: Site,
    event: Omit<AuditEvent, 'outcome' | 'details'>,
    ended: Pick<AuditEvent, 'outcome' | 'details'>,
  ): Promise<void> {
    return this.#parts.trail.record(site, { ...event, ...ended })
  }

  async #look<T>(tenantId: string, work: (site: Site) => Promise<T>): Promise<Looked<T>> {
    const site = await this.#parts.tenancy.site(tenantId)
    return { ...(await within(site, work(site))), tenant: site.tenant }
  }

  #until(signal: AbortSignal) {
    return { signal: AbortSignal.any([signal, this.#parts.host.signal]) }
  }
}

function detailsOf({ table, format, keys, search, missingOnly }: Omit<RowsTaking, 'vault'>, rows: number) {
  const which =
    keys === null ? { search, ...(missingOnly && { missingToday: true }) } : { chosen: keys.length }
  return { table: table.slice(0, 200), rows, format, ...which }
}

async function within<T>(site: Site, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw errorWithin(site, error)
  }
}
