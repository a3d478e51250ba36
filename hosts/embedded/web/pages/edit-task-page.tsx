import type { Schedule, Weekday } from 'automate-plugin-backup/host'
import type { FC } from 'hono/jsx'
import { adminPath, automatePath } from '../../paths.ts'
import type { TaskView } from '../task-view.ts'
import { textIn } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { page } from './frame.tsx'
import type { HeaderModel } from './header.tsx'

export interface EditTaskModel {
  readonly visitor: Visitor
  readonly header: HeaderModel
  readonly task: TaskView
  /** Why the last try was refused, and what was typed. */
  readonly refusal: { readonly problem: string; readonly typed: Readonly<Record<string, unknown>> } | null
}

const days = Array.from({ length: 31 }, (_, i) => i + 1)

export function editTaskPage({ visitor, header, task, refusal }: EditTaskModel): string {
  const text = textIn(visitor.language)
  const values = { ...fieldsOf(task.schedule), ...refusal?.typed } as Fields
  return page(
    {
      language: visitor.language,
      title: text.edit.title,
      header,
      crumbs: [
        { label: text.nav.admin, path: adminPath },
        { label: text.automate.title, path: automatePath },
      ],
    },
    <form
      class="host-card host-edit"
      method="post"
      action={`${automatePath}/tasks/${encodeURIComponent(task.type)}`}
    >
      <h2>
        {task.title} <bdi class="host-soft">{task.tenantName ?? text.automate.system}</bdi>
      </h2>
      {refusal && (
        <p class="host-alert" role="alert">
          {refusal.problem}
        </p>
      )}
      {task.tenant && <input type="hidden" name="tenant" value={task.tenant} />}
      <input type="hidden" name="active" value="false" />
      <label class="host-check">
        <input type="checkbox" name="active" value="true" checked={task.active} />
        {text.edit.active}
      </label>
      <div class="host-fields">
        <Choice
          label={text.edit.every}
          name="every"
          value={values.every}
          options={Object.entries(text.edit.everyChoices)}
        />
        <label class="host-field">
          {text.edit.at}
          <input type="time" name="at" value={values.at} />
        </label>
        <Choice
          label={text.edit.weekday}
          name="weekday"
          value={values.weekday}
          options={Object.entries(text.edit.weekdays)}
        />
        <Choice
          label={text.edit.day}
          hint={text.edit.dayHint}
          name="day"
          value={String(values.day)}
          options={days.map((day) => [String(day), String(day)])}
        />
        <label class="host-field">
          {text.edit.count}
          <input type="number" name="count" min={1} max={100000} value={String(values.count)} />
        </label>
      </div>
      <p class="host-foot">{text.edit.zone(task.timeZone)}</p>
      <div class="host-actions">
        <button class="host-primary" type="submit">
          {text.edit.save}
        </button>
        <a class="host-plain" href={automatePath}>
          {text.edit.back}
        </a>
      </div>
    </form>,
  )
}

const Choice: FC<{
  label: string
  name: string
  value: string
  hint?: string
  options: readonly (readonly [string, string])[]
}> = ({ label, name, value, hint, options }) => (
  <label class="host-field">
    {label}
    <select name={name}>
      {options.map(([option, shown]) => (
        <option value={option} selected={option === value}>
          {shown}
        </option>
      ))}
    </select>
    {hint && <small>{hint}</small>}
  </label>
)

interface Fields {
  readonly every: Schedule['every']
  readonly at: string
  readonly weekday: Weekday
  readonly day: number
  readonly count: number
}

/** Every control has a value, also those that don't belong to the present schedule. */
function fieldsOf(schedule: Schedule | null): Fields {
  const fields: Fields = { every: 'day', at: '02:30', weekday: 'sunday', day: 1, count: 6 }
  if (schedule === null) return fields
  if (schedule.every === 'week') return { ...fields, every: 'week', at: schedule.at, weekday: schedule.on }
  if (schedule.every === 'month') return { ...fields, every: 'month', at: schedule.at, day: schedule.on }
  return { ...fields, ...schedule }
}
