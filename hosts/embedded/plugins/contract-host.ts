import type { Caller, Clock, EarlyHost, Host, Logger, Tenants } from 'automate-plugin-backup/host'
import { adminPath } from '../paths.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { tasksPort } from '../scheduler/tasks-port.ts'
import type { AuditLog } from '../store/audit-log.ts'
import type { HostDatabase } from '../store/host-database.ts'
import { PluginSettings } from '../store/plugin-settings.ts'
import type { Suspensions } from '../tenants/suspensions.ts'
import type { TenantDirectory } from '../tenants/tenant-directory.ts'
import type { Manifest } from './manifest.ts'
import type { Mounts } from './mounts.ts'
import type { HostForPlugin } from './plugins.ts'
import { Registrations } from './registrations.ts'

/** What can be closed and when, of which hosts offer one, both or nothing. */
export interface Offers {
  readonly suspend: boolean
  readonly beforeOpen: boolean
}

export interface EarlyParts {
  readonly version: string
  readonly dataDir: string
  readonly database: HostDatabase
  readonly loggerFor: (name: string) => Logger
  readonly clock: Clock
}

export interface HostParts extends EarlyParts {
  readonly publicOrigin: string
  /** Of the system's tasks. */
  readonly timeZone: string
  readonly offers: Offers
  readonly tenants: TenantDirectory
  readonly suspensions: Suspensions
  readonly scheduler: Scheduler
  readonly mounts: Mounts
  readonly audit: AuditLog
  readonly header: (caller: Caller, current: string) => string
  readonly signal: AbortSignal
}

/** What one plugin is handed before any tenant database is open. */
export function earlyHost(manifest: Manifest, parts: EarlyParts): EarlyHost {
  const settings = settingsOf(manifest, parts)
  return Object.freeze({
    version: parts.version,
    settings: { read: (scope) => settings.read(scope) },
    logger: parts.loggerFor(manifest.id),
    clock: parts.clock,
  } satisfies EarlyHost)
}

/** What one plugin is handed: the contract and nothing else of this host. */
export function contractHost(manifest: Manifest, parts: HostParts): HostForPlugin {
  const registrations = new Registrations(manifest)
  const logger = parts.loggerFor(manifest.id)
  const settings = settingsOf(manifest, parts)
  const tasks = tasksPort(parts.scheduler, parts.tenants)
  const host: Host = {
    name: 'Embedded host',
    version: parts.version,
    publicOrigin: parts.publicOrigin,
    capabilities: { configuresTasks: true, ...parts.offers },
    dataFolder: parts.dataDir,
    timeZone: parts.timeZone,
    tenants: tenantsPort(manifest, registrations, parts),
    tasks: { ...tasks, register: (type) => registrations.taskType(type.id, () => tasks.register(type)) },
    routes: {
      base: '',
      home: adminPath,
      mount: (mount) => registrations.route(mount.prefix, () => parts.mounts.add(mount)),
      header: async (caller, current) => parts.header(caller, current),
    },
    settings: {
      register: (definition) => registrations.settings(() => settings.register(definition)),
      read: (scope) => settings.read(scope),
      write: (scope, value) => settings.write(scope, value),
    },
    audit: { record: (entry) => parts.audit.record(entry) },
    notify: async ({ runId, outcome, message, hint }) =>
      logger.warn(`${message} ${hint}`, { runId, outcome }),
    logger,
    clock: parts.clock,
    signal: parts.signal,
  }
  return { host: Object.freeze(host), registrations }
}

function settingsOf(manifest: Manifest, { database, dataDir }: EarlyParts): PluginSettings {
  return new PluginSettings({ database, dataDir, pluginId: manifest.id })
}

/** A plugin that is undone keeps no tenant closed. */
function tenantsPort(
  manifest: Manifest,
  registrations: Registrations,
  { tenants, suspensions, offers }: HostParts,
): Tenants {
  const port = { list: () => tenants.list(), get: (id: string) => tenants.get(id) }
  if (!offers.suspend) return port
  registrations.always(() => suspensions.endAllOf(manifest.id))
  return {
    ...port,
    suspend: (id, options) => suspensions.begin(tenants.find(id), { ...options, holder: manifest.id }),
  }
}
