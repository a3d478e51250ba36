import type { AuditEvent, AuditTrail } from './audit-trail.ts'
import type { Sites, VaultSite } from './vault-site.ts'

/** The site of an attempt; when there is none, that is written down as the attempt's failure. */
export function auditedSite<S extends VaultSite>(
  { tenancy, trail }: { readonly tenancy: Sites<S>; readonly trail: AuditTrail },
  id: string,
  event: Pick<AuditEvent, 'id' | 'actor' | 'action' | 'target'>,
): Promise<S> {
  return trail.attempt(tenancy.nowhere(id), event, () => tenancy.site(id))
}
