import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupEngine, Vault } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import { type RestoreRequest, restoreFiles, type WaitingRestore } from '../engine/restoring.ts'
import type { EarlyHost, Tenant } from '../host/contract.ts'
import { type Site, Tenancy } from './tenancy.ts'

/** One that takes longer keeps the application from starting for no good reason. */
const DEADLINE_MS = 12 * 60 * 60 * 1000

/**
 * What must happen while no database is open: restores that wait for this start are carried out once, and one that a
 * kill cut off is finished or taken back. `makeEngine` is called only where there is something to do. Rejects when
 * something could not be done; the rest is done all the same.
 */
export async function restoreAtStart(
  tenants: readonly Tenant[],
  host: EarlyHost | undefined,
  makeEngine: () => BackupEngine,
): Promise<void> {
  const errors: unknown[] = []
  const attempt = async <T>(where: Readonly<Record<string, string>>, work: () => Promise<T>) => {
    try {
      return await work()
    } catch (error) {
      errors.push(error)
      const message = error instanceof BackupError ? `${error.message} ${error.hint}` : String(error)
      host?.logger.error(`A restore could not be carried out or put in order: ${message}`, where)
      return null
    }
  }
  const tenancy = tenancyOf(tenants, host)
  const sites: Site[] = []
  for (const { id } of tenants) {
    const site = await attempt({ tenant: id }, () => tenancy.site(id))
    if (site !== null && isUnfinished(site.vault)) sites.push(site)
  }
  if (sites.length > 0) {
    const engine = makeEngine()
    try {
      for (const site of sites) await attempt({ folder: site.vault.folder }, () => settle(site, host, engine))
    } finally {
      await engine.close()
    }
  }
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'Restores failed')
}

function tenancyOf(tenants: readonly Tenant[], host: EarlyHost | undefined): Tenancy {
  return new Tenancy({
    tenants: {
      list: async () => tenants,
      get: async (id) => tenants.find((tenant) => tenant.id === id) ?? null,
    },
    settings: host?.settings ?? { read: async () => undefined },
    logger: host?.logger ?? { info() {}, warn() {}, error() {} },
  })
}

/** Only looks at names: this may be the process of the application. */
const isUnfinished = ({ folder }: Vault) =>
  Object.values(restoreFiles).some((name) => exists(join(folder, name)))

function exists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    // What can't be looked at is looked at by the worker later, and said then.
    return false
  }
}

async function settle(site: Site, host: EarlyHost | undefined, engine: BackupEngine): Promise<void> {
  const { vault } = site
  const now = () => new Date(host?.clock.now() ?? Date.now()).toISOString()
  const { waiting } = await engine.inspect(vault)
  try {
    if (waiting === null || waiting.begun) return
    // Without a host nobody knows what the operator has set: then it is as it was when somebody asked.
    if (host === undefined || site.restoreFromPage) await carryOut(vault, waiting, host, engine, now())
    else await giveUp(vault, waiting, engine, now())
  } finally {
    await engine.reconcile(vault, { now: now() })
  }
}

/** The operator has taken the permission back since somebody asked. */
async function giveUp(
  vault: Vault,
  { run }: WaitingRestore,
  engine: BackupEngine,
  now: string,
): Promise<void> {
  const error = notAllowedAnyMore()
  await engine.cancelRestore(vault, run.id, { id: run.id, now, actor: null, because: error.toJSON() })
  throw error
}

function notAllowedAnyMore(): BackupError {
  return new BackupError(
    'restore-not-allowed',
    'The operator does not allow restoring from the page any more; the restore that waited for this start was given up.',
    {
      hint: 'Nothing was changed. Ask the operator to allow it, or give them the command that the restore page shows.',
    },
  )
}

async function carryOut(
  vault: Vault,
  waiting: WaitingRestore,
  host: EarlyHost | undefined,
  engine: BackupEngine,
  startedAt: string,
): Promise<void> {
  const { run, name, actor } = waiting
  const database = vault.databases.find((one) => one.name === waiting.database)
  if (!database) {
    await engine.cancelRestore(vault, run.id, { id: run.id, now: startedAt, actor: null })
    throw gone(waiting.database)
  }
  const request: RestoreRequest = {
    vault,
    database,
    from: { listed: name },
    runId: run.id,
    startedAt,
    trigger: run.trigger,
    actor,
    appVersion: host?.version ?? waiting.appVersion,
    acceptNewer: false,
    // The host's word: none of its processes has it open before this resolves.
    acceptUnseen: true,
    openUntilReady: false,
    resumes: true,
  }
  const options = { signal: AbortSignal.timeout(DEADLINE_MS), onProgress() {} }
  const result = await engine.restore(request, options)
  host?.logger.info(`Restored ${name}`, { folder: vault.folder, saved: result.saved?.name ?? null })
  for (const { message } of result.warnings) host?.logger.warn(message, { folder: vault.folder })
}

function gone(database: string): BackupError {
  return new BackupError('source-missing', `The application has no database "${database}" any more`, {
    hint: 'The restore that waited for this start was cancelled. Nothing was changed.',
    details: { database },
  })
}
