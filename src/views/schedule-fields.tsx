import { Field, fieldId, NumberField } from './field.tsx'
import { weekdayNames } from './format/times.ts'
import type { AutomaticModel, SettingsFormModel } from './model.ts'
import type { View } from './view.ts'

interface ScheduleProps {
  readonly view: View
  readonly form: SettingsFormModel
  readonly automatic: AutomaticModel
}

const choices = ['day', 'week', 'month', 'hours', 'minutes'] as const

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
      <p>{words.elsewhere}</p>
      {automatic.link !== null && (
        <p>
          <a href={automatic.link}>{words.elsewhereLink}</a>
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
        <Every view={view} form={form} />
        <NumberField
          form={form}
          name="automatic.schedule.count"
          label={words.count}
          when={words.countWhen}
          fits="hours minutes"
        />
        <Weekday view={view} form={form} />
        <Monthday view={view} form={form} />
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
        {automatic.pausedSince === null ? words.enabledDetail : words.enabledPaused}
      </small>
    </div>
  )
}

type PartProps = Pick<ScheduleProps, 'view' | 'form'>

function Every({ view, form }: PartProps) {
  const words = view.text.settings
  const name = 'automatic.schedule.every'
  const options = choices.map((value) => ({ value, name: words.everyChoice[value] }))
  return (
    <Field
      form={form}
      name={name}
      label={words.every}
      control={(attributes) => (
        <select data-every="" {...attributes}>
          <Options options={options} chosen={form.values[name]} />
        </select>
      )}
    />
  )
}

const ON = 'automatic.schedule.on'

function Weekday({ view, form }: PartProps) {
  const words = view.text.settings
  return (
    <Field
      form={form}
      name={ON}
      label={words.weekday}
      when={words.weekdayWhen}
      fits="week"
      control={(attributes) => (
        <select {...attributes}>
          <Options options={weekdayNames(view.language)} chosen={form.values[ON]} />
        </select>
      )}
    />
  )
}

function Monthday({ view, form }: PartProps) {
  const words = view.text.settings
  const days = Array.from({ length: 31 }, (_, index) => String(index + 1))
  const options = days.map((value) => ({ value, name: value === '31' ? words.lastDay : value }))
  return (
    <Field
      form={form}
      name={ON}
      id={`${fieldId(ON)}-month`}
      label={words.monthday}
      when={words.monthdayWhen}
      fits="month"
      control={(attributes) => (
        <select {...attributes}>
          <Options options={options} chosen={form.values[ON]} />
        </select>
      )}
    />
  )
}

interface OptionsProps {
  readonly options: readonly { readonly value: string; readonly name: string }[]
  readonly chosen: string | undefined
}

function Options({ options, chosen }: OptionsProps) {
  return (
    <>
      {options.map(({ value, name }) => (
        <option value={value} selected={value === chosen}>
          {name}
        </option>
      ))}
    </>
  )
}
