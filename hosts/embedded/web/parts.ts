import type { Clock, Logger } from 'automate-plugin-backup/host'
import type { Accounts } from '../access/accounts.ts'
import type { Sessions } from '../access/sessions.ts'
import type { Mounts } from '../plugins/mounts.ts'
import type { PluginState } from '../plugins/plugins.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { AuditLog } from '../store/audit-log.ts'
import type { Suspensions } from '../tenants/suspensions.ts'
import type { TenantDatabases } from '../tenants/tenant-databases.ts'
import type { TenantDirectory } from '../tenants/tenant-directory.ts'

/** What the host's pages work with. */
export interface WebParts {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly tenants: TenantDirectory
  readonly databases: TenantDatabases
  readonly suspensions: Suspensions
  readonly scheduler: Scheduler
  readonly audit: AuditLog
  readonly mounts: Mounts
  readonly plugins: { readonly states: readonly PluginState[] }
  readonly publicOrigin: string
  readonly clock: Clock
  readonly logger: Logger
}
