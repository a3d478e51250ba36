import 'reflect-metadata'
import { container, type DependencyContainer, type InjectionToken, instanceCachingFactory } from 'tsyringe'
import { createArchiveEngine } from './engine/archive-engine.ts'
import type { ArchiveEngine } from './engine/archiving.ts'
import type { BackupEngine } from './engine/engine.ts'
import { BackupReaders } from './engine/open-backup.ts'
import { createEngine } from './engine/worker-engine.ts'
import type { Handler, Host, TaskType } from './host/contract.ts'
import { routeHandler } from './routes/handler.ts'
import { Pages } from './routes/page.ts'
import { routeTable } from './routes/table.ts'
import { AuditTrail } from './service/audit-trail.ts'
import { CatalogService } from './service/catalog-service.ts'
import { databaseIntake } from './service/database-intake.ts'
import { DrillService } from './service/drill-service.ts'
import { OverviewService } from './service/overview-service.ts'
import { Recovery } from './service/recovery.ts'
import { RescueService } from './service/rescue-service.ts'
import { RestoreService } from './service/restore-service.ts'
import { RunBoard } from './service/run-board.ts'
import { RunService } from './service/run-service.ts'
import { SettingsService } from './service/settings-service.ts'
import { type Site, Tenancy } from './service/tenancy.ts'
import { UploadService } from './service/upload-service.ts'
import { composeSystem, type System } from './system.ts'
import { backupTask } from './tasks/backup-task.ts'
import { drillTask } from './tasks/drill-task.ts'

/** What `activate` needs of the composed plugin. */
export interface Composed {
  readonly engine: BackupEngine
  readonly board: RunBoard
  readonly recovery: Recovery
  readonly uploads: UploadService<Site>
  readonly tasks: readonly TaskType[]
  readonly handler: Handler
  readonly archives: ArchiveEngine
  readonly system: System
}

const token = <T>(name: string): InjectionToken<T> => Symbol(name) as unknown as InjectionToken<T>
const hostToken = token<Host>('host')
const engineToken = token<BackupEngine>('engine')
const archivesToken = token<ArchiveEngine>('archives')
const overviewsToken = token<OverviewService>('overviews')
const uploadsToken = token<UploadService<Site>>('uploads')

/**
 * The composition root, and the only file that knows the container. Classes stay plain: each is registered with a
 * factory, so that two instances of the plugin share nothing and no type has to exist at run time.
 */
export function compose(host: Host, prefix: string, systemPrefix: string): Composed {
  const base = host.routes.base + prefix
  const parts = container.createChildContainer()
  // What is downloaded is left alone by whichever engine removes old ones.
  const readers = new BackupReaders()
  const provide = <T>(key: InjectionToken<T>, make: (from: DependencyContainer) => T) =>
    parts.register(key, { useFactory: instanceCachingFactory(make) })
  const shared = (from: DependencyContainer) => ({
    host: from.resolve(hostToken),
    clock: host.clock,
    engine: from.resolve(engineToken),
    tenancy: from.resolve(Tenancy),
    trail: from.resolve(AuditTrail),
  })

  parts.register(hostToken, { useValue: host })
  provide(engineToken, () => createEngine({ readers }))
  provide(archivesToken, () => createArchiveEngine({ readers }))
  provide(Tenancy, (from) => new Tenancy(from.resolve(hostToken)))
  provide(AuditTrail, (from) => new AuditTrail(from.resolve(hostToken), from.resolve(engineToken)))
  provide(RunBoard, () => new RunBoard())
  provide(SettingsService, (from) => new SettingsService(shared(from)))
  provide(CatalogService, (from) => new CatalogService(shared(from)))
  provide(RunService, (from) => {
    const recovery = from.resolve(Recovery)
    return new RunService({ ...shared(from), ...running(from), recovery })
  })
  provide(DrillService, (from) => {
    const [runs, settings] = [from.resolve(RunService), from.resolve(SettingsService)]
    return new DrillService({ ...shared(from), runs, settings })
  })
  provide(RestoreService, (from) => {
    const runs = from.resolve(RunService)
    return new RestoreService({ ...shared(from), board: from.resolve(RunBoard), runs })
  })
  provide(RescueService, (from) => new RescueService(shared(from)))
  provide(uploadsToken, (from) => {
    const [runs, board] = [from.resolve(RunService), from.resolve(RunBoard)]
    const intake = databaseIntake(from.resolve(engineToken))
    return new UploadService({ ...shared(from), board, runs, intake })
  })
  provide(overviewsToken, (from) => new OverviewService({ ...shared(from), ...running(from) }))
  provide(Recovery, (from) => new Recovery({ ...shared(from), ...running(from), all: () => tenantIds(host) }))
  provide(Pages, (from) => new Pages({ host, overviews: from.resolve(overviewsToken), base }))

  return {
    engine: parts.resolve(engineToken),
    board: parts.resolve(RunBoard),
    recovery: parts.resolve(Recovery),
    uploads: parts.resolve(uploadsToken),
    tasks: [backupTask(parts.resolve(RunService)), drillTask(parts.resolve(DrillService))],
    handler: composeHandler(parts, host, base),
    archives: parts.resolve(archivesToken),
    system: composeSystem(sharedWithSystem(parts, host), host.routes.base + systemPrefix),
  }
}

function sharedWithSystem(parts: DependencyContainer, host: Host) {
  return {
    host,
    engine: parts.resolve(engineToken),
    archives: parts.resolve(archivesToken),
    tenancy: parts.resolve(Tenancy),
    trail: parts.resolve(AuditTrail),
    overviews: parts.resolve(overviewsToken),
  }
}

async function tenantIds(host: Host): Promise<readonly string[]> {
  return (await host.tenants.list()).map(({ id }) => id)
}

function running(from: DependencyContainer) {
  return { board: from.resolve(RunBoard), settings: from.resolve(SettingsService) }
}

function composeHandler(parts: DependencyContainer, host: Host, base: string): Handler {
  const called = {
    base,
    clock: host.clock,
    scheduler: host.tasks.name,
    pages: parts.resolve(Pages),
    tenancy: parts.resolve(Tenancy),
    overviews: parts.resolve(overviewsToken),
    runs: parts.resolve(RunService),
    board: parts.resolve(RunBoard),
    catalog: parts.resolve(CatalogService),
    settings: parts.resolve(SettingsService),
    restores: parts.resolve(RestoreService),
    rescue: parts.resolve(RescueService),
    uploads: parts.resolve(uploadsToken),
  }
  return routeHandler(host, called, routeTable(called))
}
