import { CleanupStack } from './cleanup-stack.ts'
import { compose } from './container.ts'
import { createEngine } from './engine/worker-engine.ts'
import type { EarlyHost, Host, LocalizedText, Tenant, Undo } from './host/contract.ts'
import { restoreAtStart } from './service/restore-at-start.ts'
import { stopped } from './service/run-starter.ts'
import { defaultOperatorSettings, operatorSettingsSchema } from './settings/operator-settings.ts'
import { defaultTenantSettings, tenantSettingsSchema } from './settings/tenant-settings.ts'
import type { System } from './system.ts'

const prefix = '/settings/admin/backup'
/** Lies below the tenants' prefix: the host takes the longer one for what both could serve. */
const systemPrefix = `${prefix}/system`

const permissions: Readonly<Record<string, LocalizedText>> = {
  'backup.read': { en: 'See the backups and their state', de: 'Sicherungen und ihren Zustand sehen' },
  'backup.write': {
    en: 'Make, delete, download and restore backups, change their settings',
    de: 'Sicherungen anlegen, löschen, herunterladen und wiederherstellen, Einstellungen ändern',
  },
  'backup.operate': {
    en: 'Make and restore system backups, define their profiles, see how all tenants stand',
    de: 'Systemsicherungen anlegen und wiederherstellen, ihre Profile festlegen, den Stand aller Mandanten sehen',
  },
}

const active = new WeakSet<Host>()

/** Loads the plugin into a host. See `Plugin.activate` in the host contract. */
export async function activate(host: Host): Promise<Undo> {
  if (active.has(host)) throw new Error('The backup plugin is active in this host already')
  active.add(host)
  const cleanup = new CleanupStack()
  cleanup.add(() => {
    active.delete(host)
  })
  try {
    await start(host, cleanup)
  } catch (error) {
    await cleanup.run()
    throw error
  }
  return () => cleanup.run()
}

/** Puts in order what must be done before any tenant's database is open. See `Plugin.beforeOpen` in the contract. */
export function beforeOpen(tenants: readonly Tenant[], host?: EarlyHost): Promise<void> {
  return restoreAtStart(tenants, host, () => createEngine({ processes: 1 }))
}

async function start(host: Host, cleanup: CleanupStack): Promise<void> {
  if (process.platform === 'win32') host.logger.warn('Backups are untested on Windows')
  const composed = compose(host, prefix, systemPrefix)
  const { engine, board, recovery, uploads, tasks, handler, archives, system } = composed
  const stopping = new AbortController()
  cleanup.add(() => engine.close())
  cleanup.add(() => archives.close())
  cleanup.add(() => Promise.all([board.stop(stopped()), system.board.stop(stopped())]).then(() => {}))
  cleanup.add(
    host.settings.register({
      tenant: { schema: tenantSettingsSchema, defaults: defaultTenantSettings },
      system: { schema: operatorSettingsSchema, defaults: defaultOperatorSettings },
    }),
  )
  const look = async (id: string) => {
    await recovery.look(id, stopping.signal)
    if (!stopping.signal.aborted) await uploads.resume(id)
  }
  const recovered = recovery.run(stopping.signal, look).catch((error: unknown) => {
    host.logger.error('The tenants could not be looked at after the start', { reason: String(error) })
  })
  const systemRecovered = startSystem(host, system, cleanup, stopping.signal)
  const unwatch = host.tenants.watch?.((id) => void look(id))
  if (unwatch) cleanup.add(unwatch)
  cleanup.add(() => recovered)
  cleanup.add(() => systemRecovered)
  cleanup.add(() => stopping.abort())
  for (const task of tasks) cleanup.add(host.tasks.register(task))
  cleanup.add(
    host.routes.mount({
      prefix,
      per: 'tenant',
      menu: { label: { en: 'Backup', de: 'Datensicherung' }, permission: 'backup.read' },
      permissions,
      handler,
    }),
  )
  cleanup.add(
    host.routes.mount({
      prefix: systemPrefix,
      per: 'system',
      menu: {
        label: { en: 'System backups', de: 'Systemsicherungen' },
        permission: 'backup.operate',
      },
      permissions,
      handler: system.handler,
    }),
  )
}

/** Profiles that can't be read keep no tenant's backups from being made. */
async function startSystem(
  host: Host,
  { settings, tasks, recovery, uploads }: System,
  cleanup: CleanupStack,
  signal: AbortSignal,
): Promise<void> {
  cleanup.add(() => tasks.takeAllBack())
  try {
    await settings.sync()
    await recovery.run(signal, async (id) => {
      await recovery.look(id, signal)
      if (!signal.aborted) await uploads.resume(id)
    })
  } catch (error) {
    host.logger.error('The profiles of system backups could not be looked at', { reason: String(error) })
  }
}
