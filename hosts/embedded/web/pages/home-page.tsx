import { adminPath, dataPath } from '../../paths.ts'
import { textIn } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { page } from './frame.tsx'
import type { HeaderModel } from './header.tsx'
import { LinkCard } from './link-card.tsx'

export function homePage(visitor: Visitor, header: HeaderModel): string {
  const text = textIn(visitor.language)
  const nothing = visitor.permissions.size === 0
  return page(
    { language: visitor.language, title: text.home.title, header },
    <>
      <p class="host-lead">
        {visitor.tenant === null ? text.home.leadNoTenant : text.home.lead(visitor.tenant.displayName)}
      </p>
      {nothing && <p class="host-card">{text.home.nothing}</p>}
      <ul class="host-cards">
        {visitor.permissions.has('data.read') && (
          <LinkCard path={dataPath} title={text.nav.data} lead={text.home.dataLead} />
        )}
        {!nothing && <LinkCard path={adminPath} title={text.nav.admin} lead={text.home.adminLead} />}
      </ul>
    </>,
  )
}
