import type { Tenant } from 'automate-plugin-backup/host'
import { textIn } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { page } from './frame.tsx'
import type { HeaderModel } from './header.tsx'

export interface TenantsModel {
  readonly visitor: Visitor
  readonly header: HeaderModel
  readonly tenants: readonly Tenant[]
  /** Where to go once one is chosen. */
  readonly next: string
}

export function tenantsPage({ visitor, header, tenants, next }: TenantsModel): string {
  const text = textIn(visitor.language).tenants
  return page(
    { language: visitor.language, title: text.title, header },
    <section class="host-card">
      <p class="host-lead">{tenants.length === 0 ? text.none : text.lead}</p>
      <ul class="host-list">
        {tenants.map((tenant) => (
          <li>
            <span>
              <bdi class="host-strong">{tenant.displayName}</bdi>
              {tenant.id === visitor.tenant?.id && <span class="host-badge host-ok">{text.current}</span>}
              <small>{tenant.timeZone}</small>
            </span>
            <form method="post" action="/session/tenant">
              <input type="hidden" name="tenant" value={tenant.id} />
              <input type="hidden" name="next" value={next} />
              <button class="host-plain" type="submit" aria-label={`${text.choose}: ${tenant.displayName}`}>
                {text.choose}
              </button>
            </form>
          </li>
        ))}
      </ul>
    </section>,
  )
}
