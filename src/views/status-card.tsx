import { formatBytes } from './format/numbers.ts'
import { formatAge } from './format/times.ts'
import { Icon, type IconName } from './icons.tsx'
import type { BackupModel, OverviewModel } from './model.ts'
import { Moment } from './moment.tsx'
import { newestProven, type ProtectionState, protectionOf } from './protection.ts'
import { StatusFacts } from './status-facts.tsx'
import type { View } from './view.ts'

interface Part {
  readonly view: View
  readonly model: OverviewModel
}

const icons = {
  protected: 'shield',
  attention: 'warning',
  first: 'clock',
  never: 'shield-open',
} as const satisfies Record<ProtectionState, IconName>

/** The answer to "are we safe?", before anything else. */
export function StatusCard({ view, model }: Part) {
  const state = protectionOf(model)
  const newest = newestProven(model.backups)
  return (
    <section class={`card status ${state}`} aria-label={view.text.status.heading}>
      <Icon name={icons[state]} />
      <div>
        <h2>{headline(view, state, newest)}</h2>
        <p class="soft">{newest ? <Origin view={view} backup={newest} /> : missingDetail(view, state)}</p>
      </div>
      <StatusFacts view={view} model={model} />
    </section>
  )
}

function headline(view: View, state: ProtectionState, newest: BackupModel | null): string {
  const words = view.text.status
  if (state === 'attention')
    return newest ? words.attention(formatAge(view, newest.createdAt)) : words.attentionNever
  if (newest) return words.protected(formatAge(view, newest.createdAt))
  return state === 'first' ? words.first : words.never
}

const missingDetail = (view: View, state: ProtectionState) =>
  state === 'first' ? view.text.status.firstDetail : view.text.status.neverDetail

function Origin({ view, backup }: { readonly view: View; readonly backup: BackupModel }) {
  const words = view.text.status
  return (
    <>
      <Moment view={view} at={backup.createdAt} />
      {', '}
      <bdi>{backup.createdBy === null ? words.bySchedule : words.madeBy(backup.createdBy)}</bdi>
      {`, ${formatBytes(backup.sizeBytes, view.language)}, ${words.restorable}`}
    </>
  )
}
