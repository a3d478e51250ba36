import { formatBytes, formatCount } from './format/numbers.ts'
import type { RestoreWayModel, RunModel } from './model.ts'
import { PostForm } from './post-form.tsx'
import type { View } from './view.ts'

type Stage = Exclude<RunModel['stage'], 'waiting' | null>

/** The stages of runs over archives. */
const archiveStages: Readonly<Record<RunModel['kind'], readonly Stage[]>> = {
  create: ['checking', 'archive', 'proof', 'publish', 'retention'],
  verify: ['checking', 'proof'],
  upload: ['checking', 'proof', 'publish'],
  drill: ['checking', 'proof'],
  restore: ['checking', 'proof', 'unpack'],
}

const stagesOf: Readonly<Record<RunModel['kind'], readonly Stage[]>> = {
  create: ['checking', 'snapshot', 'proof', 'publish', 'retention'],
  verify: ['checking', 'proof'],
  upload: ['checking', 'proof', 'publish'],
  drill: ['checking', 'proof', 'staging', 'compare'],
  restore: ['checking', 'proof', 'staging', 'closing', 'saving', 'swap', 'compare'],
}

/** From here on a restore can't be cancelled any more. */
const final: readonly RunModel['stage'][] = ['swap', 'compare']

/** One that waits for the next start is only proven now. */
function stagesFor(
  { profile }: View,
  { kind }: RunModel,
  restoreWay: RestoreWayModel | null,
): readonly Stage[] {
  if (profile !== null) return archiveStages[kind]
  return kind === 'restore' && restoreWay === 'next-start' ? stagesOf.verify : stagesOf[kind]
}

interface RunCardProps {
  readonly view: View
  readonly run: RunModel
  readonly mayWrite: boolean
  readonly restoreWay: RestoreWayModel | null
}

/**
 * The run in progress. The script keeps it up to date from the run's events and finds its words in the data
 * attributes; without the script a link shows the page anew.
 */
export function RunCard({ view, run, mayWrite, restoreWay }: RunCardProps) {
  const words = view.text.run
  const path = `${view.base}/runs/${encodeURIComponent(run.id)}`
  return (
    <section
      class="card run"
      id="run"
      aria-labelledby="run-heading"
      data-events={`${path}/events`}
      data-page={view.base}
      data-home={view.home}
      data-amount={words.amount}
      data-pages={words.pages}
      data-queued={words.queued}
      data-finished={words.finished}
      data-show={words.showResult}
      data-files={words.files}
      data-final={final.join(' ')}
    >
      <div class="top">
        <h2 id="run-heading">{words.doing[run.kind]}</h2>
        {mayWrite && (
          <PostForm view={view} action={`${path}/cancel`}>
            <button class="button small" type="submit" data-cancel="" hidden={final.includes(run.stage)}>
              {words.cancel}
            </button>
          </PostForm>
        )}
      </div>
      <Bar view={view} run={run} />
      <Steps view={view} run={run} stages={stagesFor(view, run, restoreWay)} />
      <Current view={view} run={run} />
      <p class="hidden" role="status" data-announcement=""></p>
      <noscript>
        <p>
          <a href={view.home}>{words.reload}</a>
        </p>
      </noscript>
    </section>
  )
}

/** What it is busy with, and how many files are done. Names are long: they get a line of their own. */
function Current({ view, run: { current } }: { readonly view: View; readonly run: RunModel }) {
  if (view.profile === null) return null
  const { language, text } = view
  return (
    <p class="soft current" data-current="" hidden={current === undefined}>
      <span data-count="">
        {current && text.run.files.replace('{count}', formatCount(current.files, language))}
      </span>{' '}
      <bdi data-item="">{current?.item}</bdi>
    </p>
  )
}

/** Without a value the bar only says that something goes on: no amount is ever invented. */
function Bar({ view, run: { progress } }: { readonly view: View; readonly run: RunModel }) {
  const label = view.text.run.progress
  if (progress === null || progress.total <= 0) return <progress aria-label={label} />
  return <progress aria-label={label} max={progress.total} value={Math.min(progress.done, progress.total)} />
}

interface StepsProps {
  readonly view: View
  readonly run: RunModel
  readonly stages: readonly Stage[]
}

function Steps({ view, run, stages }: StepsProps) {
  const current = (stages as readonly RunModel['stage'][]).indexOf(run.stage)
  return (
    <>
      <p class="soft" data-waiting="" hidden={current >= 0}>
        {view.text.run.queued}
      </p>
      <ol class="steps">
        {stages.map((stage, index) => {
          const words = view.text.run.stages[stage]
          const state = index < current ? 'done' : index === current ? 'now' : 'todo'
          const amount = state === 'now' ? amountWords(view, run) : ''
          return (
            <li
              class={state}
              data-stage={stage}
              data-todo={words.todo}
              data-now={words.now}
              data-done={words.done}
              aria-current={state === 'now' ? 'step' : undefined}
            >
              {amount ? `${words[state]}: ${amount}` : words[state]}
            </li>
          )
        })}
      </ol>
    </>
  )
}

function amountWords(view: View, { progress }: RunModel): string {
  if (progress === null || progress.total <= 0) return ''
  const { language, text } = view
  const say = progress.unit === 'bytes' ? formatBytes : formatCount
  const unit = progress.unit === 'pages' ? ` ${text.run.pages}` : ''
  return (
    text.run.amount
      .replace('{done}', say(progress.done, language))
      .replace('{total}', say(progress.total, language)) + unit
  )
}
