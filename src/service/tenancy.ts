import { lstatSync, realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { BackupError } from '../engine/errors.ts'
import type { Host, Tenant } from '../host/contract.ts'
import { InvalidSettings } from '../settings/field-problem.ts'
import type { OperatorSettings } from '../settings/operator-settings.ts'
import { readTenancySettings } from '../settings/read-settings.ts'
import type { Nowhere, Sites, VaultSite } from './vault-site.ts'

/** A tenant with the place of its backups and the limits that its operator has set. */
export interface Site extends VaultSite {
  readonly tenant: Tenant
  readonly limits: OperatorSettings['limits']
  /** Whether the operator allows restoring from the page. */
  readonly restoreFromPage: boolean
  /** Most bytes of one uploaded file. */
  readonly maxUploadBytes: number | null
}

/** What is asked of the host to find out where tenants keep their backups. */
export interface TenancyHost extends Pick<Host, 'logger'> {
  readonly tenants: Pick<Host['tenants'], 'get' | 'list'>
  readonly settings: Pick<Host['settings'], 'read'>
}

/** The one place where a tenant's id becomes paths. Behind it nothing knows tenants any more. */
export class Tenancy implements Sites<Site> {
  readonly #host: TenancyHost

  constructor(host: TenancyHost) {
    this.#host = host
  }

  /** Throws `not-found` for a tenant that the host doesn't have (any longer). */
  async site(tenantId: string): Promise<Site> {
    const tenant = await this.#host.tenants.get(tenantId)
    if (!tenant)
      throw new BackupError('not-found', 'There is no such tenant.', { hint: 'It may have been removed.' })
    return this.#siteOf(tenant, await this.#operatorSettings())
  }

  nowhere(tenantId: string): Nowhere {
    return { id: tenantId, scope: { tenant: tenantId } }
  }

  /** Without them it isn't known where the backups lie: nothing is made or shown until they can be read. */
  async #operatorSettings(): Promise<OperatorSettings> {
    try {
      return readTenancySettings(await this.#host.settings.read({ system: true }))
    } catch (error) {
      const reason = error instanceof InvalidSettings ? String(error.details.fields) : 'not readable'
      this.#host.logger.error('The settings of the operator are broken', { reason: String(error) })
      throw brokenSettings(reason)
    }
  }

  async #siteOf(tenant: Tenant, operator: OperatorSettings): Promise<Site> {
    const elsewhere = operator.backupsFolder?.replaceAll('{tenant}', folderName(tenant.id))
    const folder = elsewhere ?? join(tenant.root, 'backups')
    const leadsTo = targetOfLink(folder)
    if (elsewhere !== undefined) await this.#assertOutsideOthers(tenant, elsewhere)
    if (leadsTo !== null) await this.#assertOutsideOthers(tenant, leadsTo)
    return {
      id: tenant.id,
      timeZone: tenant.timeZone,
      subjects: tenant.databases.map(({ name }) => name),
      tenant,
      scope: { tenant: tenant.id },
      limits: operator.limits,
      restoreFromPage: operator.restoreFromPage,
      maxUploadBytes: operator.maxUploadBytes,
      vault: {
        root: tenant.root,
        folder,
        databases: tenant.databases,
      },
    }
  }

  async #assertOutsideOthers(tenant: Tenant, folder: string): Promise<void> {
    const others = (await this.#host.tenants.list()).filter(({ id }) => id !== tenant.id)
    const roots = others.flatMap(({ root }) => [root, targetOf(root) ?? root])
    if (roots.some((root) => folder === root || folder.startsWith(root + sep)))
      throw brokenSettings("the backups folder lies inside another tenant's root")
  }
}

/** Where a link at the place of the folder leads; null when it is none. Only looks at names, opens nothing. */
function targetOfLink(folder: string): string | null {
  try {
    return lstatSync(folder).isSymbolicLink() ? targetOf(folder) : null
  } catch {
    return null
  }
}

function targetOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    // It leads nowhere: the worker says so when it is used.
    return null
  }
}

/** One path segment per tenant, never `.` or `..`. */
function folderName(tenantId: string): string {
  return encodeURIComponent(tenantId).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length))
}

function brokenSettings(reason: string): BackupError {
  return new BackupError(
    'operator-settings-broken',
    `The settings of the operator can't be used: ${reason}.`,
    {
      hint: 'Ask the operator to correct them. No backups are made until then.',
      details: { reason },
    },
  )
}
