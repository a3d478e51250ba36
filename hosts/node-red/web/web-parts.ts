import type { Logger } from 'automate-plugin-backup/host'
import type { TenantDirectory } from '../flows/tenant-directory.ts'
import type { Red } from '../red.ts'
import type { Mounts } from './mounts.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { Sessions } from './sessions.ts'
import type { Visitors } from './visitors.ts'

/** What the pages are made of. */
export interface WebParts {
  readonly red: Red
  readonly logger: Logger
  readonly tenants: TenantDirectory
  readonly mounts: Mounts
  readonly sessions: Sessions
  readonly cookie: SessionCookie
  readonly visitors: Visitors
  /** What precedes every path, as browsers see it. */
  readonly base: string
  readonly publicOrigin: string | null
}
