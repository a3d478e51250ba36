import { Field, fieldId, NumberField, SelectField } from './field.tsx'
import { weekdayNames } from './format/times.ts'
import type { AutomaticModel, SettingsFormModel } from './model.ts'
import type { View } from './view.ts'

interface ScheduleProps {
  readonly view: View
  readonly form: SettingsFormModel
  readonly automatic: AutomaticModel
}

const choices = ['day', 'week', 'month', 'hours', 'minutes'] as const

const choicesOf = ({ text }: View) =>
  choices.map((value) => ({ value, name: text.settings.everyChoice[value] }))

/** The 31st stands for the last day of every month. */
const monthdaysOf = ({ text }: View) =>
  Array.from({ length: 31 }, (_, index) => {
    const value = String(index + 1)
    return { value, name: value === '31' ? text.settings.lastDay : value }
  })

/** When backups are made by themselves, or where else that is decided. */
export function ScheduleFields(props: ScheduleProps) {
  const words = props.view.text.settings
  return (
    <fieldset>
      <legend>{words.automatic}</legend>
      {props.automatic.configurable ? <Controls {...props} /> : <Elsewhere {...props} />}
    </fieldset>
  )
}

/** The values go along unchanged: a form sends every field. */
function Elsewhere({ view, form, automatic }: ScheduleProps) {
  const words = view.text.settings
  const values = Object.entries(form.values).filter(([name]) => name.startsWith('automatic.'))
  return (
    <>
      <p>{words.elsewhere(view.scheduler)}</p>
      {automatic.link !== null && (
        <p>
          <a href={automatic.link}>{words.elsewhereLink(view.scheduler)}</a>
        </p>
      )}
      {values.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  )
}

function Controls({ view, form, automatic }: ScheduleProps) {
  const words = view.text.settings
  return (
    <>
      <Enabled view={view} form={form} automatic={automatic} />
      <div class="pair">
        <SelectField
          form={form}
          name="automatic.schedule.every"
          label={words.every}
          options={choicesOf(view)}
          folds
        />
        <NumberField
          form={form}
          name="automatic.schedule.count"
          label={words.count}
          when={words.countWhen}
          fits="hours minutes"
        />
        <SelectField
          form={form}
          name="automatic.schedule.on"
          label={words.weekday}
          when={words.weekdayWhen}
          fits="week"
          options={weekdayNames(view.language)}
        />
        <SelectField
          form={form}
          name="automatic.schedule.on"
          id={`${fieldId('automatic.schedule.on')}-month`}
          label={words.monthday}
          when={words.monthdayWhen}
          fits="month"
          options={monthdaysOf(view)}
        />
        <Field
          form={form}
          name="automatic.schedule.at"
          label={words.at}
          when={words.atWhen}
          fits="day week month"
          hint={words.atDetail(view.timeZone)}
          control={(attributes) => (
            <input type="time" value={form.values['automatic.schedule.at'] ?? ''} {...attributes} />
          )}
        />
      </div>
    </>
  )
}

/** The hidden field says `false` where the unchecked box would say nothing. */
function Enabled({ view, form, automatic }: ScheduleProps) {
  const words = view.text.settings
  const name = 'automatic.enabled'
  const id = fieldId(name)
  return (
    <div class="check">
      <input type="hidden" name={name} value="false" />
      <input
        type="checkbox"
        id={id}
        name={name}
        value="true"
        checked={form.values[name] === 'true'}
        aria-describedby={`${id}-hint`}
      />
      <label for={id}>{words.enabled}</label>
      <small id={`${id}-hint`}>
        {automatic.pausedSince === null
          ? words.enabledDetail(view.scheduler)
          : words.enabledPaused(view.scheduler)}
      </small>
    </div>
  )
}
