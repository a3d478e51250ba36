import type { Child } from 'hono/jsx'
import { Badges } from './backup-badges.tsx'
import { formatAge, formatSince } from './format/times.ts'
import { Crumbs } from './frame.tsx'
import type { BackupModel, FrameModel } from './model.ts'
import type { View } from './view.ts'

interface Props {
  readonly view: View
  readonly model: FrameModel & { readonly backup: BackupModel }
  readonly title: Child
  readonly children?: Child
}

/** The head of a page that looks into a backup: which one it is. */
export function BrowsedBackup({ view, model, title, children }: Props) {
  const { backup } = model
  return (
    <div class="head">
      <div>
        <Crumbs model={model} />
        <h1>{title}</h1>
        <p class="soft">
          <bdi>{view.text.browse.from(backup.database, formatSince(view, backup.createdAt))}</bdi> (
          {formatAge(view, backup.createdAt)}) <Badges view={view} backup={backup} />
        </p>
        {children}
      </div>
    </div>
  )
}
