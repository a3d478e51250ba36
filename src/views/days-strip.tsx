import { formatDate } from './format/times.ts'
import { Icon, type IconName } from './icons.tsx'
import type { DayModel } from './model.ts'
import type { View } from './view.ts'

const states = ['made', 'failed', 'missed', 'none', 'unknown'] as const satisfies readonly DayModel['state'][]

/** Beside full, hatched and dashed squares, so that nobody depends on the colour. */
const marks: Readonly<Partial<Record<DayModel['state'], IconName>>> = { failed: 'cross' }

/** One square per day, oldest first, with the same in words for who points at it or listens. */
export function DaysStrip({ view, days }: { readonly view: View; readonly days: readonly DayModel[] }) {
  const words = view.text.days
  const first = days[0]
  return (
    <section class="card" aria-labelledby="days-heading">
      <h2 id="days-heading">{words.heading}</h2>
      <ol class="strip">
        {days.map(({ date, state }) => {
          const said = `${formatDate(view, date)}: ${words[state]}`
          return (
            <li>
              <Square state={state} title={said} />
              <span class="hidden">{said}</span>
            </li>
          )
        })}
      </ol>
      {first && (
        <p class="ends" aria-hidden="true">
          <span>{formatDate(view, first.date)}</span>
          <span>{words.today}</span>
        </p>
      )}
      <Legend view={view} days={days} />
    </section>
  )
}

function Square({ state, title }: { readonly state: DayModel['state']; readonly title?: string }) {
  const mark = marks[state]
  return (
    <span class={`day ${state}`} title={title} aria-hidden="true">
      {mark && <Icon name={mark} />}
    </span>
  )
}

function Legend({ view, days }: { readonly view: View; readonly days: readonly DayModel[] }) {
  const present = states
    .map((state) => ({ state, count: days.filter((day) => day.state === state).length }))
    .filter(({ count }) => count > 0)
  return (
    <ul class="legend">
      {present.map(({ state, count }) => (
        <li>
          <Square state={state} />
          {view.text.days.counts[state](count)}
        </li>
      ))}
    </ul>
  )
}
