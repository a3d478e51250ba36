import type { Mount } from 'automate-plugin-backup/host'
import { automatePath, loggingPath } from '../../paths.ts'
import type { PluginState } from '../../plugins/plugins.ts'
import { localized, textIn } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { page } from './frame.tsx'
import type { HeaderModel } from './header.tsx'
import { LinkCard } from './link-card.tsx'

export interface AdminModel {
  readonly visitor: Visitor
  readonly header: HeaderModel
  /** The entries that the visitor may use. */
  readonly entries: readonly Mount[]
  readonly plugins: readonly PluginState[]
}

export function adminPage({ visitor, header, entries, plugins }: AdminModel): string {
  const text = textIn(visitor.language)
  return page(
    {
      language: visitor.language,
      title: text.admin.title,
      header,
      crumbs: [{ label: text.nav.home, path: '/' }],
    },
    <>
      {plugins
        .filter((plugin) => plugin.problem !== null)
        .map((plugin) => (
          <p class="host-alert" role="alert">
            <strong>{text.admin.pluginProblem(plugin.name)}.</strong> {plugin.problem}
          </p>
        ))}
      <ul class="host-cards">
        {entries.map((mount) => (
          <LinkCard
            path={mount.prefix}
            title={localized(mount.menu.label, visitor.language)}
            lead={
              Object.values(mount.permissions)
                .map((allowed) => localized(allowed, visitor.language))
                .join(' · ') || text.admin.more
            }
          />
        ))}
        {visitor.permissions.has('automate.read') && (
          <LinkCard path={automatePath} title={text.admin.automate} lead={text.admin.automateLead} />
        )}
        {visitor.permissions.has('logging.read') && (
          <LinkCard path={loggingPath} title={text.admin.logging} lead={text.admin.loggingLead} />
        )}
      </ul>
    </>,
  )
}
