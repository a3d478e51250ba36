import type { Child } from 'hono/jsx'
import { formatBytes } from './format/numbers.ts'
import { daysSince, formatAge, formatSince } from './format/times.ts'
import { Icon, type IconName } from './icons.tsx'
import type { BackupModel, OverviewModel } from './model.ts'
import { Moment } from './moment.tsx'
import { isWhole, newestProven, type ProtectionState, protectionOf } from './protection.ts'
import { scheduleWords } from './schedule-words.ts'
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
      <dl class="facts">
        <NextFact view={view} model={model} />
        <AutomateFact view={view} model={model} />
        <ReachFact view={view} model={model} />
        <StorageFact view={view} model={model} />
      </dl>
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

function Fact({
  name,
  detail,
  children,
}: {
  readonly name: string
  readonly detail: Child
  readonly children: Child
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        <small>{detail}</small>
      </dd>
    </div>
  )
}

function NextFact({ view, model: { automatic } }: Part) {
  const words = view.text.status
  const plan = automatic.enabled ? scheduleWords(view, automatic.schedule) : words.automateOffDetail
  if (automatic.nextRunAt === null && automatic.pausedSince !== null) {
    return (
      <Fact name={words.next} detail={words.nextWaits}>
        {words.nextNone}
      </Fact>
    )
  }
  if (automatic.nextRunAt === null) {
    return (
      <Fact name={words.next} detail={plan}>
        {words.nextNone}
      </Fact>
    )
  }
  return (
    <Fact name={words.next} detail={`${plan}, ${view.timeZone}`}>
      {Date.parse(automatic.nextRunAt) < view.now ? (
        words.nextOverdue
      ) : (
        <Moment view={view} at={automatic.nextRunAt} />
      )}
    </Fact>
  )
}

function AutomateFact({ view, model: { automatic } }: Part) {
  const words = view.text.status
  const { pausedBy, pausedSince } = automatic
  if (pausedSince !== null) {
    return (
      <Fact
        name={words.automate}
        detail={<bdi>{words.automatePausedDetail(pausedBy ?? '?', formatSince(view, pausedSince))}</bdi>}
      >
        {words.automatePaused}
      </Fact>
    )
  }
  return (
    <Fact name={words.automate} detail={automatic.enabled ? words.automateOnDetail : words.automateOffDetail}>
      {automatic.enabled ? words.automateOn : words.automateOff}
    </Fact>
  )
}

/** Only what was found whole counts: a damaged backup reaches nowhere. */
function ReachFact({ view, model }: Part) {
  const words = view.text.status
  const whole = model.backups.filter(isWhole)
  const oldest = whole.at(-1)
  if (!oldest) {
    return (
      <Fact name={words.reach} detail={words.reachNoneDetail}>
        {words.reachNone}
      </Fact>
    )
  }
  const days = daysSince(view, oldest.createdAt)
  return (
    <Fact
      name={words.reach}
      detail={days === 0 ? words.reachToday(whole.length) : words.reachDetail(days, whole.length)}
    >
      <Moment view={view} at={oldest.createdAt} as="day" />
    </Fact>
  )
}

function StorageFact({ view, model: { storage } }: Part) {
  const words = view.text.status
  const size = (bytes: number) => formatBytes(bytes, view.language)
  return (
    <Fact
      name={words.storage}
      detail={words.storageDetail(size(storage.freeBytes), size(storage.neededBytes))}
    >
      {words.storageUsed(size(storage.usedBytes))}
    </Fact>
  )
}
