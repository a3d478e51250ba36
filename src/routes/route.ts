import type { Clock, LocalizedText } from '../host/contract.ts'
import type { CatalogService } from '../service/catalog-service.ts'
import type { OverviewService } from '../service/overview-service.ts'
import type { RescueService } from '../service/rescue-service.ts'
import type { RestoreService } from '../service/restore-service.ts'
import type { RunBoard } from '../service/run-board.ts'
import type { RunService } from '../service/run-service.ts'
import type { SettingsService } from '../service/settings-service.ts'
import type { Site, Tenancy } from '../service/tenancy.ts'
import type { UploadService } from '../service/upload-service.ts'
import type { Done } from '../views/index.ts'
import { seeOther } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { Pages } from './page.ts'

/** One route of the pages. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'
  /** Relative to the prefix; parts that begin with a colon are parameters. */
  readonly path: string
  readonly permission: 'backup.read' | 'backup.write' | 'backup.operate'
  /** Another website may not even ask. Otherwise only what changes something is refused to it. */
  readonly ownSiteOnly?: boolean
  readonly answer: (exchange: Exchange) => Promise<Response>
}

/** What the routes call. */
export interface RouteParts {
  /** The prefix, without a trailing slash. */
  readonly base: string
  readonly clock: Clock
  /** What people call the host's scheduler. */
  readonly scheduler: LocalizedText
  readonly pages: Pages
  readonly tenancy: Tenancy
  readonly overviews: OverviewService
  readonly runs: RunService
  readonly board: RunBoard
  readonly catalog: CatalogService
  readonly settings: SettingsService
  readonly restores: RestoreService
  readonly rescue: RescueService
  readonly uploads: UploadService<Site>
}

/** Sends a browser back to the overview, and anybody else the JSON. */
export function answerDone(
  { base }: Pick<RouteParts, 'base'>,
  { wantsHtml }: Exchange,
  done: Done,
  answer: () => Response,
): Response {
  return wantsHtml ? seeOther(`${base}?done=${done}`) : answer()
}
