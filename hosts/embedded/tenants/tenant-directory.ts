import { join, resolve } from 'node:path'
import type { Tenant, Tenants } from 'automate-plugin-backup/host'
import type { TenantEntry } from '../config/host-file-schema.ts'

/** The tenants of host.json, with absolute paths. */
export class TenantDirectory implements Tenants {
  readonly #tenants: ReadonlyMap<string, Tenant>

  constructor(dataDir: string, entries: readonly TenantEntry[]) {
    this.#tenants = new Map(entries.map((entry) => [entry.id, tenantOf(dataDir, entry)]))
  }

  all(): readonly Tenant[] {
    return [...this.#tenants.values()]
  }

  find(id: string | null): Tenant | null {
    return id === null ? null : (this.#tenants.get(id) ?? null)
  }

  async list(): Promise<readonly Tenant[]> {
    return this.all()
  }

  async get(id: string): Promise<Tenant | null> {
    return this.find(id)
  }
}

function tenantOf(dataDir: string, entry: TenantEntry): Tenant {
  const root = resolve(dataDir, entry.root)
  return Object.freeze({
    id: entry.id,
    displayName: entry.name,
    root,
    databases: entry.databases.map(({ name, path }) => ({ name, path: join(root, path) })),
    timeZone: entry.timeZone,
    language: entry.language,
  })
}
