import { randomUUID } from 'node:crypto'
import type { Backup } from '../engine/backup.ts'
import type { BackupEngine, LiveDatabase } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { RestorePreview, RestoreRequest, WaitingRestore } from '../engine/restoring.ts'
import { compareVersions, newerApplication } from '../engine/version-match.ts'
import type { Actor, Host } from '../host/contract.ts'
import type { ActiveRun } from './active-run.ts'
import type { AuditTrail } from './audit-trail.ts'
import { auditedSite } from './audited-site.ts'
import { notFound } from './not-found.ts'
import { errorWithin, shorten } from './relative-paths.ts'
import { type RestoreCommand, restoreCommand } from './restore-command.ts'
import { type RestoreWay, wayOf } from './restore-way.ts'
import type { RunBoard } from './run-board.ts'
import type { RunService, Work } from './run-service.ts'
import { Suspension } from './suspension.ts'
import type { Site, Tenancy } from './tenancy.ts'

/** How long the host may have to keep the databases closed: at least this, and more for large ones. */
const LEAST_CLOSED_MS = 5 * 60_000
const SLOWEST_BYTES_PER_MS = 10_000

/** Somebody looks at a preview: it is no use later. */
const PREVIEW_DEADLINE_MS = 60_000

/** What a restore would change, and how one would go about it. */
export interface RestorePlan {
  readonly site: Site
  readonly database: LiveDatabase
  readonly preview: RestorePreview
  /** Whether the operator allows it on this page. */
  readonly allowed: boolean
  readonly way: RestoreWay
  readonly command: RestoreCommand
  readonly waiting: WaitingRestore | null
}

export interface RestoreOrder {
  readonly name: string
  /** Where the backup itself doesn't tell which one it replaces. */
  readonly database: string | null
  /** What was typed to confirm: the tenant's display name, exactly. */
  readonly confirm: string
}

export interface RestoreServiceParts {
  readonly host: Host
  readonly engine: BackupEngine
  readonly tenancy: Tenancy
  readonly board: RunBoard
  readonly trail: AuditTrail
  readonly runs: RunService
}

/** Puts a tenant's data back to a backup, in whichever way the host can. */
export class RestoreService {
  readonly #parts: RestoreServiceParts

  constructor(parts: RestoreServiceParts) {
    this.#parts = parts
  }

  get way(): RestoreWay {
    return wayOf(this.#parts.host.capabilities)
  }

  /** Changes nothing. Throws `not-found`, and `busy` while a restore is going on. */
  async plan(
    tenantId: string,
    choice: Pick<RestoreOrder, 'name' | 'database'>,
    signal: AbortSignal,
  ): Promise<RestorePlan> {
    const { engine, tenancy, host, board } = this.#parts
    const site = await tenancy.site(tenantId)
    const { vault, restoreFromPage } = site
    const { backups, waiting } = await engine.inspect(vault)
    const database = databaseFor(site, findBackup(backups, choice.name), choice.database)
    if (board.active(tenantId)?.run.kind === 'restore') throw restoring()
    const preview = await this.#within(site, () =>
      engine.previewRestore(
        { vault, database, from: { listed: choice.name }, now: this.#now(), appVersion: host.version },
        {
          signal: AbortSignal.any([signal, host.signal, AbortSignal.timeout(PREVIEW_DEADLINE_MS)]),
          onProgress() {},
        },
      ),
    )
    const command = restoreCommand(site, choice.name, database)
    return {
      site,
      database,
      preview: shown(site, preview),
      allowed: restoreFromPage,
      way: this.way,
      command,
      waiting,
    }
  }

  /**
   * Begins a restore; where the host can't close its databases while it runs, it waits for the next start instead.
   * Throws `restore-not-allowed`, `restore-unavailable`, `wrong-confirmation`, `newer-application`, `not-found`,
   * `busy`, `restore-waiting`.
   */
  async restore(tenantId: string, order: RestoreOrder, actor: Actor): Promise<ActiveRun> {
    const start = { kind: 'restore', trigger: 'manual', target: order.name, actor } as const
    return this.#parts.runs.start(tenantId, start, async (site) => {
      const database = await this.#admit(site, order)
      return this.way === 'now'
        ? this.#whileRunning(site, database, order)
        : this.#atStart(site, database, order)
    })
  }

  /** Takes back a restore that waits for the next start. Throws `not-found`. */
  async cancelWaiting(tenantId: string, runId: string, actor: Actor): Promise<void> {
    const { engine, trail } = this.#parts
    const id = randomUUID()
    const site = await auditedSite(this.#parts, tenantId, {
      id,
      actor,
      action: 'backup.restore',
      target: '',
    })
    await this.#within(site, () => engine.cancelRestore(site.vault, runId, { id, now: this.#now(), actor }))
    await trail.drain(site)
  }

  /** Everything that can be refused before a run begins. */
  async #admit(site: Site, { name, confirm, database }: RestoreOrder): Promise<LiveDatabase> {
    const { engine, host } = this.#parts
    if (!site.restoreFromPage) throw notAllowed()
    if (this.way === 'command') throw unavailable()
    const { backups, waiting } = await engine.inspect(site.vault)
    const backup = findBackup(backups, name)
    if (confirm !== site.tenant.displayName) throw wrongConfirmation(site.tenant.displayName)
    if (waiting !== null) throw alreadyWaiting(waiting)
    const order = backup.appVersion === null ? null : compareVersions(backup.appVersion, host.version)
    if (order !== null && order > 0) throw newerApplication(name, backup.appVersion, host.version)
    return databaseFor(site, backup, database)
  }

  #whileRunning(site: Site, database: LiveDatabase, { name }: RestoreOrder): Work {
    return async (run, { signal, onProgress }) => {
      const { engine, host } = this.#parts
      const { backups, storage } = await engine.inspect(site.vault)
      const backup = findBackup(backups, name)
      const closedMs =
        LEAST_CLOSED_MS + Math.ceil((backup.sizeBytes + storage.neededBytes) / SLOWEST_BYTES_PER_MS)
      const suspension = new Suspension(host, site.tenant, closedMs)
      try {
        const result = await engine.restore(
          { ...this.#request(site, database, name), ...run, openUntilReady: true, resumes: false },
          {
            signal: AbortSignal.any([signal, suspension.lost]),
            onProgress,
            takeOver: () => suspension.begin(),
          },
        )
        for (const { message } of result.warnings)
          host.logger.warn(message, { tenant: site.tenant.id, run: run.runId })
        return [backup, ...(result.saved === null ? [] : [result.saved])]
      } finally {
        await suspension.end()
      }
    }
  }

  #atStart(site: Site, database: LiveDatabase, { name }: RestoreOrder): Work {
    return async (run, options) => {
      const request = { ...this.#request(site, database, name), ...run }
      await this.#parts.engine.prepareRestore({ ...request, openUntilReady: false, resumes: false }, options)
      return 'parked'
    }
  }

  /** Processes that can't be looked into are the host's word: it says that it closes all of its own. */
  #request({ vault }: Site, database: LiveDatabase, name: string) {
    return {
      vault,
      database,
      from: { listed: name },
      appVersion: this.#parts.host.version,
      acceptNewer: false,
      acceptUnseen: true,
    } satisfies Partial<RestoreRequest>
  }

  async #within<T>(site: Site, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw errorWithin(site, error)
    }
  }

  #now(): string {
    return new Date(this.#parts.host.clock.now()).toISOString()
  }
}

/** SQLite and the system speak of whole paths. */
function shown(site: Site, preview: RestorePreview): RestorePreview {
  const { present, target } = preview
  const why = 'why' in present ? { ...present, why: shorten(site, present.why) } : present
  return { ...preview, present: why, target: shorten(site, target) }
}

function findBackup(backups: readonly { readonly backup: Backup }[], name: string): Backup {
  const found = backups.find(({ backup }) => backup.name === name)
  if (!found) throw notFound(name)
  return found.backup
}

/** The database that the backup is of; one that came from elsewhere may not tell. Throws `invalid-request`. */
function databaseFor({ vault }: Site, backup: Backup, chosen: string | null): LiveDatabase {
  const { databases } = vault
  const only = databases.length === 1 ? databases[0] : undefined
  const found =
    databases.find(({ name }) => name === backup.database) ??
    (chosen === null ? only : databases.find(({ name }) => name === chosen))
  if (found) return found
  const names = databases.map(({ name }) => name).join(', ')
  throw new BackupError(
    'invalid-request',
    `The backup ${backup.name} doesn't tell which database it is of.`,
    {
      hint: `Name one of them as "database": ${names}.`,
      details: { field: 'database', choices: names },
    },
  )
}

function restoring(): BackupError {
  return new BackupError('busy', 'A restore is in progress.', { hint: 'Wait for its end.' })
}

function notAllowed(): BackupError {
  return new BackupError('restore-not-allowed', 'The operator does not allow restoring from this page.', {
    hint: 'Give the operator the command that the restore page shows, or ask for "restoreFromPage" to be switched on.',
  })
}

function unavailable(): BackupError {
  return new BackupError(
    'restore-unavailable',
    'This application can neither close its databases nor wait before it opens them.',
    {
      hint: 'The operator stops the application and runs the command that the restore page shows.',
    },
  )
}

function wrongConfirmation(expected: string): BackupError {
  return new BackupError('wrong-confirmation', `Type exactly "${expected}" to confirm.`, {
    hint: 'Nothing was changed.',
    details: { expected },
  })
}

function alreadyWaiting({ name }: WaitingRestore): BackupError {
  return new BackupError('restore-waiting', `A restore of ${name} is waiting for the next start.`, {
    hint: 'Restart the application to have it carried out, or cancel it first.',
    details: { name },
  })
}
