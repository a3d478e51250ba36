import type { Host } from '../../host/contract.ts'
import type { CatalogService } from '../../service/catalog-service.ts'
import type { OverviewService } from '../../service/overview-service.ts'
import type { RunBoard } from '../../service/run-board.ts'
import type { ArchiveRestores } from '../../service/system/archive-restores.ts'
import type { ArchiveRuns } from '../../service/system/archive-runs.ts'
import type { ProfileSettings } from '../../service/system/profile-settings.ts'
import type { ProfileSite, ProfileSites } from '../../service/system/profile-sites.ts'
import type { SystemOverviews } from '../../service/system/system-overview.ts'
import type { UploadService } from '../../service/upload-service.ts'
import type { SystemPages } from './system-pages.ts'

/** What the routes of the system page call. */
export interface SystemParts {
  /** The prefix, without a trailing slash. */
  readonly base: string
  readonly host: Pick<Host, 'clock' | 'tasks' | 'version'>
  readonly pages: SystemPages
  readonly profiles: ProfileSites
  readonly overviews: SystemOverviews
  readonly ofProfile: OverviewService<ProfileSite>
  readonly runs: ArchiveRuns
  readonly board: RunBoard
  readonly catalog: CatalogService
  readonly settings: ProfileSettings
  readonly uploads: UploadService<ProfileSite>
  readonly restores: ArchiveRestores
}
