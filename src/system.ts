import type { ArchiveEngine } from './engine/archiving.ts'
import type { BackupEngine } from './engine/engine.ts'
import type { Handler, Host } from './host/contract.ts'
import { routeHandler } from './routes/handler.ts'
import { SystemPages } from './routes/system/system-pages.ts'
import { systemTable } from './routes/system/system-table.ts'
import type { AuditTrail } from './service/audit-trail.ts'
import { CatalogService } from './service/catalog-service.ts'
import { OverviewService } from './service/overview-service.ts'
import { Recovery } from './service/recovery.ts'
import { RunBoard } from './service/run-board.ts'
import { RunStarter } from './service/run-starter.ts'
import { archiveIntake } from './service/system/archive-intake.ts'
import { ArchiveRestores } from './service/system/archive-restores.ts'
import { ArchiveRuns } from './service/system/archive-runs.ts'
import { ProfileSettings } from './service/system/profile-settings.ts'
import { type ProfileSite, ProfileSites } from './service/system/profile-sites.ts'
import { ProfileSources } from './service/system/profile-sources.ts'
import { ProfileTasks } from './service/system/profile-tasks.ts'
import { SystemOverviews } from './service/system/system-overview.ts'
import { TenantsBoard } from './service/system/tenants-board.ts'
import type { Tenancy } from './service/tenancy.ts'
import { UploadService } from './service/upload-service.ts'
import { Connections } from './settings/connections.ts'
import { profileTask } from './tasks/profile-task.ts'

/** What the system's backups share with the tenants'. */
export interface Shared {
  readonly host: Host
  readonly engine: BackupEngine
  readonly archives: ArchiveEngine
  readonly tenancy: Tenancy
  readonly trail: AuditTrail
  readonly overviews: OverviewService
}

/** The part of the plugin that is about no tenant. */
export interface System {
  readonly board: RunBoard
  readonly recovery: Recovery<ProfileSite>
  readonly tasks: ProfileTasks
  readonly settings: ProfileSettings
  readonly uploads: UploadService<ProfileSite>
  readonly handler: Handler
}

/** Puts the parts of system backups together; all of them live as long as the plugin is active. */
export function composeSystem(shared: Shared, base: string): System {
  const { host, engine, archives, trail } = shared
  const profiles = new ProfileSites(host)
  const connections = new Connections(process.env)
  const sources = new ProfileSources({ ...shared, profiles, connections })
  const board = new RunBoard()
  const tasks = new ProfileTasks(host, (profile) => profileTask(() => runs, profile))
  const settings = new ProfileSettings({ host, engine, profiles, tasks, trail, board })
  const places = { host, engine, tenancy: profiles, trail, settings, board, clock: host.clock }
  const recovery = new Recovery<ProfileSite>({ ...places, all: () => profiles.ids() })
  const starter = new RunStarter({ ...places, recovery })
  const runs: ArchiveRuns = new ArchiveRuns({
    host,
    engine,
    archives,
    profiles,
    sources,
    settings,
    trail,
    starter,
  })
  const uploads = new UploadService({ ...places, runs: starter, intake: archiveIntake(archives) })
  const ofProfile = new OverviewService<ProfileSite>(places)
  const tenants = new TenantsBoard(shared)
  const overviews = new SystemOverviews({ profiles, overviews: ofProfile, board: tenants })
  const called = {
    base,
    host,
    pages: new SystemPages({ host, overviews, base }),
    profiles,
    overviews,
    ofProfile,
    runs,
    board,
    catalog: new CatalogService(places),
    settings,
    uploads,
    restores: new ArchiveRestores({ host, engine, archives, profiles, sources, starter }),
  }
  const handler = routeHandler(host, called, systemTable(called), 'backup.operate')
  return { board, recovery, tasks, settings, uploads, handler }
}
