import { Icon, type IconName } from './icons.tsx'
import type { HealthModel, OverviewModel } from './model.ts'
import type { View } from './view.ts'

const severities = ['error', 'warning', 'info'] as const satisfies readonly HealthModel['severity'][]

const icons = { error: 'cross', warning: 'warning', info: 'info' } as const satisfies Record<
  HealthModel['severity'],
  IconName
>

/** Problems that are solved on the host's own page. */
const atAutomate: readonly string[] = ['automate-paused', 'task-inactive', 'schedule-elsewhere']
/** Problems that are solved in the form below. */
const inSettings: readonly string[] = ['automatic-off', 'invalid-stored-settings']

/** The empty list says it, with the same advice. */
const SAID_BY_THE_EMPTY_LIST = 'never-run'

/** Every problem with its cause and what to do, the worst first. */
export function HealthList({ view, model }: { readonly view: View; readonly model: OverviewModel }) {
  const problems = model.health.filter(
    ({ code }) => !(code === SAID_BY_THE_EMPTY_LIST && model.backups.length === 0),
  )
  if (problems.length === 0) return null
  const sorted = problems.toSorted(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  )
  return (
    <section aria-label={view.text.health.heading}>
      <ul class="health">
        {sorted.map((problem) => (
          <li class={problem.severity} data-code={problem.code}>
            <Icon name={icons[problem.severity]} />
            <p>
              <span class="hidden">{`${view.text.health[problem.severity]}: `}</span>
              <strong>
                <bdi>{problem.message}</bdi>
              </strong>{' '}
              <bdi>{problem.hint}</bdi>
            </p>
            <Remedy view={view} model={model} code={problem.code} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Remedy({
  view,
  model,
  code,
}: {
  readonly view: View
  readonly model: OverviewModel
  readonly code: string
}) {
  const { mayWrite, automatic } = model
  if (mayWrite && automatic.link !== null && atAutomate.includes(code)) {
    return <a href={automatic.link}>{view.text.health.openScheduler(view.scheduler)}</a>
  }
  if (mayWrite && inSettings.includes(code)) return <a href="#settings">{view.text.health.openSettings}</a>
  return null
}
