import { formatSince } from './format/times.ts'
import { Icon } from './icons.tsx'
import type { BackupModel, OverviewModel, RunModel } from './model.ts'
import { PostForm } from './post-form.tsx'
import type { View } from './view.ts'

/** For as long as the state before is kept, the way back to it is offered. */
const DONE_SHOWN_MS = 7 * 24 * 60 * 60 * 1000
const FAILED_SHOWN_MS = 24 * 60 * 60 * 1000

interface Part {
  readonly view: View
  readonly model: OverviewModel
  readonly run: RunModel
}

/** What became of the last restore, or that one waits. */
export function RestoreOutcome({ view, model }: Omit<Part, 'run'>) {
  const run = model.runs.find(({ kind }) => kind === 'restore')
  if (!run || run.id === model.run?.id) return null
  if (run.status === 'queued') return <Waiting view={view} model={model} run={run} />
  const age = model.now - Date.parse(run.endedAt ?? run.startedAt)
  if (run.status === 'completed' && age < DONE_SHOWN_MS) return <Done view={view} model={model} run={run} />
  if (run.status === 'failed' && age < FAILED_SHOWN_MS) return <Failed view={view} run={run} />
  return null
}

const backupsOf = ({ backups }: OverviewModel, { backups: names }: RunModel): readonly BackupModel[] =>
  names.flatMap((name) => backups.find((backup) => backup.name === name) ?? [])

function Waiting({ view, model, run }: Part) {
  const words = view.text.restore.outcome
  const [backup] = backupsOf(model, run)
  return (
    <section class="card outcome caution" id="restore" aria-labelledby="outcome-heading">
      <Icon name="clock" />
      <div>
        <h2 id="outcome-heading">{words.waiting}</h2>
        {backup && <p>{words.waitingDetail(formatSince(view, backup.createdAt))}</p>}
      </div>
      {model.mayWrite && (
        <PostForm view={view} action={`${view.base}/runs/${encodeURIComponent(run.id)}/cancel`}>
          <button class="button" type="submit">
            {words.cancel}
          </button>
        </PostForm>
      )}
    </section>
  )
}

function Done({ view, model, run }: Part) {
  const words = view.text.restore.outcome
  const made = backupsOf(model, run)
  const saved = made.find(({ runId }) => runId === run.id)
  const restored = made.find(({ runId }) => runId !== run.id)
  return (
    <section class="card outcome success" id="restore" aria-labelledby="outcome-heading">
      <Icon name="check" />
      <div>
        <h2 id="outcome-heading">
          {restored ? words.done(formatSince(view, restored.createdAt)) : words.doneUnnamed}
        </h2>
        <p>
          {words.doneAt(formatSince(view, run.endedAt ?? run.startedAt))}{' '}
          {saved ? words.saved : words.notSaved}
        </p>
      </div>
      {model.mayWrite && saved && (
        <a class="button" href={`${view.base}/restore?name=${encodeURIComponent(saved.name)}${view.and}`}>
          {words.back}
        </a>
      )}
    </section>
  )
}

function Failed({ view, run }: Omit<Part, 'model'>) {
  const words = view.text.restore.outcome
  return (
    <section class="card outcome problem" id="restore" aria-labelledby="outcome-heading">
      <Icon name="cross" />
      <div>
        <h2 id="outcome-heading">{words.failed(formatSince(view, run.endedAt ?? run.startedAt))}</h2>
        {run.error && (
          <p>
            <bdi>{run.error.message}</bdi> <bdi class="soft">{run.error.hint}</bdi>
          </p>
        )}
      </div>
    </section>
  )
}
