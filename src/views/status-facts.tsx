import type { Child } from 'hono/jsx'
import { formatBytes } from './format/numbers.ts'
import { daysSince, formatSince } from './format/times.ts'
import type { OverviewModel } from './model.ts'
import { Moment } from './moment.tsx'
import { isWhole } from './protection.ts'
import { scheduleWords } from './schedule-words.ts'
import type { View } from './view.ts'

interface Part {
  readonly view: View
  readonly model: OverviewModel
}

/** When the next one comes, whether anything holds it up, how far back the backups reach, what room there is. */
export function StatusFacts({ view, model }: Part) {
  return (
    <dl class="facts">
      <NextFact view={view} model={model} />
      <AutomateFact view={view} model={model} />
      <ReachFact view={view} model={model} />
      <StorageFact view={view} model={model} />
    </dl>
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
  const plan = automatic.enabled ? scheduleWords(view, automatic.schedule) : words.nextOff
  if (automatic.nextRunAt === null && automatic.pausedSince !== null) {
    return (
      <Fact name={words.next} detail={words.nextWaits(view.scheduler)}>
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
        name={view.scheduler}
        detail={<bdi>{words.automatePausedDetail(pausedBy, formatSince(view, pausedSince))}</bdi>}
      >
        {words.automatePaused}
      </Fact>
    )
  }
  return (
    <Fact
      name={view.scheduler}
      detail={automatic.enabled ? words.automateOnDetail : words.automateInactiveDetail}
    >
      {words.automateOn}
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
  const detail = view.profile === null ? words.storageDetail : view.text.system.storageDetail
  return (
    <Fact name={words.storage} detail={detail(size(storage.freeBytes), size(storage.neededBytes))}>
      {words.storageUsed(size(storage.usedBytes))}
    </Fact>
  )
}
