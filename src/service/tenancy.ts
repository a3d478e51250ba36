import { join } from 'node:path'
import type { Vault } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { Host, Scope, Tenant } from '../host/contract.ts'
import type { OperatorSettings } from '../settings/operator-settings.ts'
import { readOperatorSettings } from '../settings/read-settings.ts'

/** A tenant with the place of its backups and the limits that its operator has set. */
export interface Site {
  readonly tenant: Tenant
  readonly scope: Scope
  readonly vault: Vault
  readonly limits: OperatorSettings['limits']
}

/** The one place where a tenant's id becomes paths. Behind it nothing knows tenants any more. */
export class Tenancy {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /** Throws `not-found` for a tenant that the host doesn't have (any longer). */
  async site(tenantId: string): Promise<Site> {
    const tenant = await this.#host.tenants.get(tenantId)
    if (!tenant)
      throw new BackupError('not-found', 'There is no such tenant.', { hint: 'It may have been removed.' })
    return this.#siteOf(tenant, readOperatorSettings(await this.#host.settings.read({ system: true })))
  }

  async sites(): Promise<readonly Site[]> {
    const operator = readOperatorSettings(await this.#host.settings.read({ system: true }))
    return (await this.#host.tenants.list()).map((tenant) => this.#siteOf(tenant, operator))
  }

  #siteOf(tenant: Tenant, operator: OperatorSettings): Site {
    const elsewhere = operator.backupsFolder?.replaceAll('{tenant}', encodeURIComponent(tenant.id))
    return {
      tenant,
      scope: { tenant: tenant.id },
      limits: operator.limits,
      vault: {
        root: tenant.root,
        folder: elsewhere ?? join(tenant.root, 'backups'),
        databases: tenant.databases,
      },
    }
  }
}
