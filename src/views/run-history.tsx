import { formatDuration } from './format/times.ts'
import { Icon, type IconName } from './icons.tsx'
import type { RunModel } from './model.ts'
import { Moment } from './moment.tsx'
import type { View } from './view.ts'

const looks = {
  queued: ['plain', 'clock'],
  running: ['plain', 'clock'],
  completed: ['good', 'check'],
  partial: ['warn', 'warning'],
  failed: ['bad', 'cross'],
  cancelled: ['plain', 'ring'],
} as const satisfies Record<RunModel['status'], readonly [string, IconName]>

/** What ran lately, each failure with its cause and what to do. */
export function RunHistory({ view, runs }: { readonly view: View; readonly runs: readonly RunModel[] }) {
  if (runs.length === 0) return null
  const words = view.text.runs
  const failed = runs.filter(({ status }) => status === 'failed').length
  return (
    <details class="card history" id="runs">
      <summary>
        <h2>{words.heading}</h2>
        <span class="soft">
          {words.count(runs.length, failed)}
          {runs[0]?.status === 'cancelled' && `, ${words.lastCancelled}`}
        </span>
      </summary>
      <ul>
        {runs.map((run) => (
          <Entry view={view} run={run} />
        ))}
      </ul>
    </details>
  )
}

function Entry({ view, run }: { readonly view: View; readonly run: RunModel }) {
  const { runs, list } = view.text
  const [look, icon] = looks[run.status]
  return (
    <li>
      <span class="when">
        <Moment view={view} at={run.startedAt} />
      </span>
      <span>
        {run.kind === 'create' ? `${runs.create}: ${list.trigger[run.trigger]}` : runs[run.kind]}
        {run.endedAt !== null && <small>{runs.took(duration(view, run.startedAt, run.endedAt))}</small>}
      </span>
      <span class={`badge ${look}`}>
        <Icon name={icon} />
        {runs.status[run.status]}
      </span>
      {run.error && (
        <p class="cause">
          <bdi>{run.error.message}</bdi> <bdi class="soft">{run.error.hint}</bdi>
        </p>
      )}
    </li>
  )
}

const duration = (view: View, from: string, to: string) =>
  formatDuration(view.language, Date.parse(to) - Date.parse(from))
