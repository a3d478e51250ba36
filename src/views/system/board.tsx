import { formatCount } from '../format/numbers.ts'
import { formatAge } from '../format/times.ts'
import { Icon, type IconName } from '../icons.tsx'
import { Moment } from '../moment.tsx'
import type { View } from '../view.ts'
import type { StandingModel, SystemModel } from './model.ts'

/** The worst are on top: who wants more than these looks for somebody. */
const SHOWN = 10

const looks = {
  good: ['good', 'check'],
  overdue: ['bad', 'warning'],
  never: ['warn', 'ring'],
  unknown: ['bad', 'question'],
} as const satisfies Record<StandingModel['state'], readonly [string, IconName]>

/** How all tenants stand, worst first, in words. */
export function Board({ view, model }: { readonly view: View; readonly model: SystemModel }) {
  const words = view.text.system.board
  const { tenants } = model
  const bad = tenants.filter(({ state }) => state !== 'good').length
  const shown = model.allTenants ? tenants : tenants.slice(0, SHOWN)
  return (
    <section class="card" id="tenants" aria-labelledby="board-heading">
      <h2 id="board-heading">{words.heading}</h2>
      <p class="soft">{tenants.length === 0 ? words.empty : words.summary(tenants.length, bad)}</p>
      {shown.length > 0 && <Table view={view} tenants={shown} />}
      {shown.length < tenants.length && (
        <p class="more-rows">
          <span class="soft">
            {words.more(formatCount(shown.length, view.language), formatCount(tenants.length, view.language))}
          </span>{' '}
          <a href={`${view.base}?tenants=all${view.and}#tenants`}>{words.all}</a>
        </p>
      )}
    </section>
  )
}

function Table({ view, tenants }: { readonly view: View; readonly tenants: readonly StandingModel[] }) {
  const words = view.text.system.board
  return (
    <table class="board" aria-labelledby="board-heading">
      <thead>
        <tr>
          <th scope="col">{words.tenant}</th>
          <th scope="col">{words.last}</th>
          <th scope="col">{words.state}</th>
          <th scope="col">{words.why}</th>
        </tr>
      </thead>
      <tbody>
        {tenants.map((standing) => (
          <Row view={view} standing={standing} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ view, standing }: { readonly view: View; readonly standing: StandingModel }) {
  const words = view.text.system.board
  const [look, icon] = looks[standing.state]
  const theirs = { ...view, timeZone: standing.timeZone }
  return (
    <tr>
      <th scope="row">
        <bdi>{standing.name}</bdi>
      </th>
      <td class="age">
        {standing.lastProvenAt === null ? (
          words.none
        ) : (
          <>
            {formatAge(view, standing.lastProvenAt)}
            <small>
              <Moment view={theirs} at={standing.lastProvenAt} />
            </small>
          </>
        )}
      </td>
      <td class="state">
        <span class={`badge ${look}`}>
          <Icon name={icon} />
          {words.states[standing.state]}
        </span>
      </td>
      <td class="why">
        {standing.reasons.map(({ message, hint }) => (
          <p>
            <bdi>{message}</bdi> <bdi class="soft">{hint}</bdi>
          </p>
        ))}
      </td>
    </tr>
  )
}
