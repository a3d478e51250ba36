import type { Caller, Clock, Host, Logger, Tenants } from 'automate-plugin-backup/host'
import { adminPath } from '../paths.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { tasksPort } from '../scheduler/tasks-port.ts'
import type { AuditLog } from '../store/audit-log.ts'
import type { HostDatabase } from '../store/host-database.ts'
import { PluginSettings } from '../store/plugin-settings.ts'
import type { TenantDirectory } from '../tenants/tenant-directory.ts'
import type { Manifest } from './manifest.ts'
import type { Mounts } from './mounts.ts'
import type { HostForPlugin } from './plugins.ts'
import { Registrations } from './registrations.ts'

export interface HostParts {
  readonly version: string
  readonly publicOrigin: string
  readonly dataDir: string
  readonly database: HostDatabase
  readonly tenants: TenantDirectory
  readonly scheduler: Scheduler
  readonly mounts: Mounts
  readonly audit: AuditLog
  readonly header: (caller: Caller, current: string) => string
  readonly loggerFor: (name: string) => Logger
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What one plugin is handed: the contract and nothing else of this host. */
export function contractHost(manifest: Manifest, parts: HostParts): HostForPlugin {
  const registrations = new Registrations(manifest)
  const logger = parts.loggerFor(manifest.id)
  const place = { database: parts.database, dataDir: parts.dataDir, pluginId: manifest.id }
  const settings = new PluginSettings(place)
  const tasks = tasksPort(parts.scheduler, parts.tenants)
  const host: Host = {
    name: 'Embedded host',
    version: parts.version,
    publicOrigin: parts.publicOrigin,
    capabilities: { configuresTasks: true, suspend: false, beforeOpen: true },
    tenants: tenantsPort(parts.tenants),
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

function tenantsPort(tenants: TenantDirectory): Tenants {
  return { list: () => tenants.list(), get: (id) => tenants.get(id) }
}
