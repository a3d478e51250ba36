import { mkdir } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Clock, Host } from 'automate-plugin-backup/host'
import { Accounts } from './access/accounts.ts'
import { Sessions } from './access/sessions.ts'
import { type Environment, setUp } from './config/first-start.ts'
import { readHostFile } from './config/host-file.ts'
import { HostError } from './host-error.ts'
import { lineLogger, type WriteLine } from './log.ts'
import { contractHost, earlyHost, type Offers } from './plugins/contract-host.ts'
import { Mounts } from './plugins/mounts.ts'
import { type PluginSource, Plugins } from './plugins/plugins.ts'
import { Scheduler } from './scheduler/scheduler.ts'
import { TaskStore } from './scheduler/task-store.ts'
import { AuditLog } from './store/audit-log.ts'
import { Facts, lockDataFolder, openHostDatabase } from './store/host-database.ts'
import { Suspensions } from './tenants/suspensions.ts'
import { TenantDatabases } from './tenants/tenant-databases.ts'
import { TenantDirectory } from './tenants/tenant-directory.ts'
import { Undoing } from './undoing.ts'
import { buildApp } from './web/app.ts'
import { pluginHeader } from './web/header-for.ts'
import type { WebParts } from './web/parts.ts'

export interface EmbeddedHostOptions {
  readonly dataDir: string
  /** 0 takes any free one. */
  readonly port: number
  readonly clock: Clock
  /** IANA name, for the tasks of the system; the machine's own unless it is given. */
  readonly timeZone?: string
  readonly environment: Environment
  /** A folder with a `plugin.json`. */
  readonly pluginDir?: string
  /** Further plugins, for example ones that are in the process already. */
  readonly plugins?: readonly PluginSource[]
  /** Version of the application whose data is backed up; this host's own unless it is given. */
  readonly version?: string
  /** Starts what is due every second; without it nothing is due until `tick` is called. */
  readonly autoTick: boolean
  /** First start only: becomes the demo tenant's database. */
  readonly importDb?: string
  readonly log?: WriteLine
  /** What plugins may ask of the databases; everything unless it is given. Less is for trying out how they adapt. */
  readonly offers?: Offers
}

export interface EmbeddedHost {
  readonly origin: string
  /** What each plugin was handed, by its id. */
  readonly contractHosts: ReadonlyMap<string, Host>
  /** Starts what is due; resolves when that is decided. */
  tick(): Promise<void>
  /** Resolves when no run of a task is in flight. */
  idle(): Promise<void>
  /** Aborts what runs, undoes the plugins, closes everything. Calling it twice is fine. */
  stop(): Promise<void>
}

const tickEvery = 1000

/** Starts the host, or rejects with a `HostError` and leaves nothing open. */
export async function startEmbeddedHost(options: EmbeddedHostOptions): Promise<EmbeddedHost> {
  const undoing = new Undoing()
  try {
    return await start(options, undoing)
  } catch (error) {
    // What went wrong first says why.
    await undoing.run().catch(() => {})
    throw error
  }
}

async function start(options: EmbeddedHostOptions, undoing: Undoing): Promise<EmbeddedHost> {
  const { clock, environment } = options
  const dataDir = resolve(options.dataDir)
  const write = options.log ?? (() => {})
  const logger = lineLogger('host', clock, write)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const lock = lockDataFolder(dataDir)
  undoing.add(() => lock.release())
  const config = (await readHostFile(dataDir)) ?? (await setUp(dataDir, environment, write))

  const database = openHostDatabase(dataDir)
  undoing.add(() => void database.close())
  const accounts = new Accounts(config.users, environment, logger)
  const tenants = new TenantDirectory(dataDir, config.tenants)
  const plugins = new Plugins(logger)
  const { pluginDir, plugins: more = [] } = options
  await plugins.load([...(pluginDir === undefined ? [] : [{ dir: pluginDir }]), ...more])
  const offers = options.offers ?? { suspend: true, beforeOpen: true }
  const loggerFor = (name: string) => lineLogger(name, clock, write)
  const early = { version: options.version ?? ownVersion(), dataDir, database, loggerFor, clock }
  if (offers.beforeOpen) await plugins.beforeOpen(tenants.all(), (manifest) => earlyHost(manifest, early))
  const databases = new TenantDatabases(database, logger)
  undoing.add(() => databases.close())
  const suspensions = new Suspensions(databases, logger)
  await databases.openAll(tenants.all(), options.importDb ?? null)

  // No end for a request whose body keeps coming: a file of any size may be on its way. Headers still have a minute.
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 })
  const origin = await listen(server, options.port)
  undoing.add(() => close(server))
  const mounts = new Mounts()
  const audit = new AuditLog(database)
  const facts = new Facts(database)
  const timeZone = options.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
  const store = new TaskStore(database)
  const scheduler = new Scheduler({ store, facts, tenants, clock, logger, timeZone })
  undoing.add(() => scheduler.stop())
  const sessions = new Sessions(database, clock)
  const web: WebParts = {
    accounts,
    sessions,
    tenants,
    databases,
    suspensions,
    scheduler,
    audit,
    mounts,
    plugins,
    publicOrigin: origin,
    clock,
    logger,
  }

  const shutdown = new AbortController()
  const contractHosts = new Map<string, Host>()
  undoing.add(() => plugins.deactivate())
  await plugins.activate((manifest) => {
    const made = contractHost(manifest, {
      ...early,
      publicOrigin: origin,
      timeZone,
      offers,
      tenants,
      suspensions,
      scheduler,
      mounts,
      audit,
      header: (caller, current) => pluginHeader(caller, current, web),
      signal: shutdown.signal,
    })
    contractHosts.set(manifest.id, made.host)
    return made
  })
  undoing.add(() => {
    scheduler.announceStop()
    shutdown.abort(new DOMException('The host is stopping', 'AbortError'))
  })
  // Express' handler is a request listener; its own types add a `next` that nobody passes here.
  server.on('request', buildApp(web) as RequestListener)
  if (options.autoTick) {
    const timer = setInterval(() => scheduler.tick(), tickEvery)
    undoing.add(() => clearInterval(timer))
    scheduler.tick()
  }
  return {
    origin,
    contractHosts,
    tick: async () => scheduler.tick(),
    idle: () => scheduler.idle(),
    stop: () => undoing.run(),
  }
}

function ownVersion(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('automate-plugin-backup/plugin.json')
  return manifest.version
}

/** Only this machine can reach the host. */
async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE'
      const message = inUse ? `Port ${port} is in use` : `Port ${port} can't be used: ${error.message}`
      fail(new HostError(message, 'Choose another one with --port.', { cause: error }))
    })
    server.listen(port, '127.0.0.1', done)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return `http://127.0.0.1:${address.port}`
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => {
    server.close(() => done())
  })
  server.closeAllConnections()
  await closed
}
