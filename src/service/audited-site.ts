import type { AuditEvent, AuditTrail } from './audit-trail.ts'
import type { Site, Tenancy } from './tenancy.ts'

/** A tenant of which it isn't known, or not yet, where its backups lie. */
export type Nowhere = Pick<Site, 'scope'>

export const nowhere = (tenantId: string): Nowhere => ({ scope: { tenant: tenantId } })

/** The site of an attempt; when there is none, that is written down as the attempt's failure. */
export function auditedSite(
  { tenancy, trail }: { readonly tenancy: Tenancy; readonly trail: AuditTrail },
  tenantId: string,
  event: Pick<AuditEvent, 'id' | 'actor' | 'action' | 'target'>,
): Promise<Site> {
  return trail.attempt(nowhere(tenantId), event, () => tenancy.site(tenantId))
}
