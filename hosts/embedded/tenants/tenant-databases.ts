import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger, Tenant, TenantDatabase } from 'automate-plugin-backup/host'
import Database from 'better-sqlite3'
import { HostError, messageOf } from '../host-error.ts'
import type { HostDatabase } from '../store/host-database.ts'
import { createDemoDatabase } from './demo-database.ts'
import { importDatabase } from './import-database.ts'

export type OpenDatabase = Database.Database

/**
 * Every tenant's databases, kept open in WAL mode for as long as the host runs, as a real application does. One that
 * can't be opened is said in the log and stays closed; the others are served.
 */
export class TenantDatabases {
  readonly #open = new Map<string, OpenDatabase>()
  readonly #problems = new Map<string, string>()
  readonly #state: HostDatabase
  readonly #logger: Logger
  #closed = false

  constructor(state: HostDatabase, logger: Logger) {
    this.#state = state
    this.#logger = logger
  }

  /** `importFile` becomes the first database of the demo tenant, or of the first one, if that has none yet. */
  async openAll(tenants: readonly Tenant[], importFile: string | null): Promise<void> {
    const importing = tenants.find((tenant) => tenant.id === 'demo') ?? tenants[0]
    for (const tenant of tenants) {
      await mkdir(tenant.root, { recursive: true })
      for (const [i, database] of tenant.databases.entries()) {
        const source = tenant === importing && i === 0 ? importFile : null
        await this.#provide(tenant, database, source)
        await this.#openOne(tenant, database)
      }
    }
  }

  /** Throws a `HostError` that says why a database is not open. */
  get(tenant: Tenant, name: string): OpenDatabase {
    const key = keyOf(tenant.id, name)
    const database = this.#open.get(key)
    if (database !== undefined) return database
    const why = this.#problems.get(key) ?? 'it does not exist'
    throw new HostError(
      `The database ${name} is not open: ${why}`,
      'Put it in order and start the host again.',
    )
  }

  /** For good: nothing is opened again after it. */
  close(): void {
    this.#closed = true
    for (const database of this.#open.values()) database.close()
    this.#open.clear()
  }

  /** Nothing of the tenant's databases is open in this process any more when it returns. */
  closeTenant(tenant: Tenant): void {
    for (const { name } of tenant.databases) {
      const key = keyOf(tenant.id, name)
      this.#open.get(key)?.close()
      this.#open.delete(key)
      this.#problems.set(key, 'it is closed for a while')
    }
  }

  /** Opens whatever lies under their names now. */
  async openTenant(tenant: Tenant): Promise<void> {
    if (this.#closed) return
    for (const database of tenant.databases)
      if (!this.#open.has(keyOf(tenant.id, database.name))) await this.#openOne(tenant, database)
  }

  /** A database is made once; one that is gone later is a loss to be seen, not to be covered with an empty one. */
  async #provide(tenant: Tenant, database: TenantDatabase, importFile: string | null): Promise<void> {
    const known = this.#state
      .prepare('select 1 from provisioned where tenant = ? and database = ?')
      .get(tenant.id, database.name)
    const exists = await isThere(database.path)
    if (importFile !== null && (known || exists))
      this.#logger.info(`--import-db is ignored: ${tenant.displayName} has its database already`)
    if (!known && !exists) {
      await mkdir(dirname(database.path), { recursive: true })
      if (importFile === null) await createDemoDatabase(database.path)
      else await importDatabase(importFile, database.path)
    }
    this.#state.prepare('insert or ignore into provisioned values (?, ?)').run(tenant.id, database.name)
  }

  async #openOne(tenant: Tenant, { name, path }: TenantDatabase): Promise<void> {
    try {
      // Opening an empty file in WAL mode would make a database of it.
      if ((await stat(path)).size === 0) throw new Error('the file is empty')
      const database = new Database(path, { fileMustExist: true })
      try {
        database.pragma('journal_mode = WAL')
        // Reads something, so that a file which is none shows now.
        database.prepare('select count(*) from sqlite_schema').get()
      } catch (error) {
        database.close()
        throw error
      }
      this.#open.set(keyOf(tenant.id, name), database)
    } catch (error) {
      this.#problems.set(keyOf(tenant.id, name), messageOf(error))
      this.#logger.error(`Database ${name} of ${tenant.displayName} can't be opened: ${messageOf(error)}`, {
        path,
      })
    }
  }
}

function keyOf(tenantId: string, name: string): string {
  return `${tenantId}/${name}`
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
