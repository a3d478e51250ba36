import type { TaskCause, TaskOutcome } from 'automate-plugin-backup/host'
import type { FC } from 'hono/jsx'
import { adminPath, automatePath } from '../../paths.ts'
import type { Pause } from '../../scheduler/scheduler.ts'
import type { TaskView } from '../task-view.ts'
import { scheduleInWords, type Text, textIn, timeInWords } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { Pager, page, Time } from './frame.tsx'
import type { HeaderModel } from './header.tsx'

export interface AutomateModel {
  readonly visitor: Visitor
  readonly header: HeaderModel
  readonly tasks: readonly TaskView[]
  readonly pause: Pause | null
  readonly now: number
  readonly page: number
  readonly pages: number
  readonly notice: keyof Text['automate']['notices'] | null
}

export function automatePage(model: AutomateModel): string {
  const { visitor, tasks } = model
  const text = textIn(visitor.language)
  const runs = tasks.some((task) => task.running !== null)
  return page(
    {
      language: visitor.language,
      title: text.automate.title,
      header: model.header,
      crumbs: [{ label: text.nav.admin, path: adminPath }],
      notice: model.notice && text.automate.notices[model.notice],
      live: runs,
    },
    <>
      <PauseCard model={model} text={text} />
      <section class="host-card" aria-labelledby="tasks" id="live" data-live={String(runs)}>
        <h2 id="tasks">{text.automate.tasks}</h2>
        {tasks.length === 0 && <p>{text.automate.empty}</p>}
        <ul class="host-tasks">
          {tasks.map((task) => (
            <Task task={task} text={text} model={model} />
          ))}
        </ul>
        <Pager
          language={visitor.language}
          page={model.page}
          pages={model.pages}
          link={(number) => `${automatePath}?page=${number}`}
        />
        {runs && (
          <p class="host-foot">
            <a href={`${automatePath}?page=${model.page}`}>{text.automate.refresh}</a>
          </p>
        )}
      </section>
    </>,
  )
}

const PauseCard: FC<{ model: AutomateModel; text: Text }> = ({ model: { pause, visitor }, text }) => {
  const zone = visitor.tenant?.timeZone ?? 'UTC'
  return (
    <section class={`host-card host-state ${pause === null ? 'host-state-ok' : 'host-state-warn'}`}>
      <div>
        <h2>{pause === null ? text.automate.running : text.automate.paused}</h2>
        <p>
          {pause === null
            ? text.automate.runningLead
            : text.automate.pausedLead(pause.by, timeInWords(pause.since, zone, text))}
        </p>
      </div>
      {visitor.permissions.has('automate.operate') && (
        <form method="post" action={`${automatePath}/${pause === null ? 'pause' : 'resume'}`}>
          <button class={pause === null ? 'host-plain' : 'host-primary'} type="submit">
            {pause === null ? text.automate.pause : text.automate.resume}
          </button>
        </form>
      )}
    </section>
  )
}

const Task: FC<{ task: TaskView; text: Text; model: AutomateModel }> = ({ task, text, model }) => {
  const owner = task.tenantName ?? text.automate.system
  const mayWrite = model.visitor.permissions.has('automate.write')
  return (
    <li>
      <div class="host-task-head">
        <h3>
          {task.title} <bdi class="host-soft">{owner}</bdi>
        </h3>
        <span class={`host-badge ${badges[task.status]}`}>{text.automate.states[task.status]}</span>
        {task.queued > 0 && <span class="host-badge host-info">{text.automate.queued(task.queued)}</span>}
      </div>
      {task.running && <Progress task={task} text={text} />}
      <dl class="host-facts">
        <div>
          <dt>{text.automate.schedule}</dt>
          <dd>
            {scheduleInWords(task.schedule, text)}
            <small>{task.timeZone}</small>
          </dd>
        </div>
        <div>
          <dt>{text.automate.lastRun}</dt>
          <dd>
            <LastRun task={task} text={text} />
          </dd>
        </div>
        <div>
          <dt>{text.automate.nextRun}</dt>
          <dd>
            <NextRun task={task} text={text} now={model.now} />
          </dd>
        </div>
      </dl>
      {mayWrite && <Actions task={task} text={text} owner={owner} />}
    </li>
  )
}

const badges = {
  running: 'host-info',
  active: 'host-ok',
  inactive: 'host-none',
  paused: 'host-warn',
} as const

const Progress: FC<{ task: TaskView; text: Text }> = ({ task, text }) => {
  const { stage = '', done, total, unit = '' } = task.running?.progress ?? {}
  const known = done !== undefined && total !== undefined && total > 0
  const label = known
    ? text.automate.progress(stage, amount(done, unit, text), amount(total, unit, text))
    : stage
  return (
    <div class="host-progress">
      <progress
        aria-label={label || text.automate.states.running}
        {...(known ? { max: total, value: done } : {})}
      />
      <small>{label}</small>
    </div>
  )
}

function amount(value: number, unit: string, text: Text): string {
  if (unit !== 'bytes') return `${value.toLocaleString(text.locale)} ${unit}`.trim()
  return `${(value / 1e6).toLocaleString(text.locale, { maximumFractionDigits: 1 })} MB`
}

const LastRun: FC<{ task: TaskView; text: Text }> = ({ task: { lastRun, timeZone }, text }) => {
  if (lastRun === null) return <>{text.automate.never}</>
  const outcome = lastRun.outcome as TaskOutcome | null
  return (
    <>
      <Time iso={lastRun.startedAt} label={timeInWords(lastRun.startedAt, timeZone, text)} />
      <small>
        {outcome === null ? text.automate.states.running : text.automate.outcomes[outcome]},{' '}
        {text.automate.causes[lastRun.cause as TaskCause]}
      </small>
      {lastRun.message && outcome !== 'completed' && <small class="host-bad-text">{lastRun.message}</small>}
    </>
  )
}

const NextRun: FC<{ task: TaskView; text: Text; now: number }> = ({
  task: { nextRunAt, timeZone },
  text,
  now,
}) => {
  if (nextRunAt === null) return <>{text.automate.none}</>
  if (Date.parse(nextRunAt) <= now) return <>{text.automate.dueNow}</>
  return <Time iso={nextRunAt} label={timeInWords(nextRunAt, timeZone, text)} />
}

const Actions: FC<{ task: TaskView; text: Text; owner: string }> = ({ task, text, owner }) => {
  const path = `${automatePath}/tasks/${encodeURIComponent(task.type)}`
  const name = `${task.title}, ${owner}`
  const tenant = task.tenant && <input type="hidden" name="tenant" value={task.tenant} />
  const query = task.tenant === null ? '' : `?tenant=${encodeURIComponent(task.tenant)}`
  return (
    <div class="host-actions">
      <a class="host-plain" href={path + query} aria-label={text.automate.editLabel(name)}>
        {text.automate.edit}
      </a>
      <form method="post" action={`${path}/run`}>
        {tenant}
        <button class="host-plain" type="submit" aria-label={`${text.automate.runNow}: ${name}`}>
          {text.automate.runNow}
        </button>
      </form>
      {task.running && (
        <form method="post" action={`${path}/cancel`}>
          {tenant}
          <button
            class="host-plain host-danger"
            type="submit"
            aria-label={`${text.automate.cancel}: ${name}`}
          >
            {text.automate.cancel}
          </button>
        </form>
      )}
    </div>
  )
}
