import { fieldId, NumberField } from './field.tsx'
import { formatMoment, formatSince } from './format/times.ts'
import { Icon } from './icons.tsx'
import type { OverviewModel } from './model.ts'
import { scheduleWords } from './schedule-words.ts'
import type { View } from './view.ts'

interface Part {
  readonly view: View
  readonly model: Pick<OverviewModel, 'form' | 'drill' | 'automatic'>
}

/** Whether the backups are tried out regularly, and how the last time went. When, is set at the host's scheduler. */
export function DrillFields({ view, model }: Part) {
  const words = view.text.drill
  const { form, drill } = model
  return (
    <fieldset class="drill">
      <legend>{words.legend}</legend>
      {drill.configurable && <Enabled view={view} model={model} />}
      <p class="soft">
        {drill.schedule !== null && words.when(scheduleWords(view, drill.schedule))}{' '}
        {drill.nextRunAt !== null && words.next(formatMoment(view, drill.nextRunAt))}{' '}
        {drill.link !== null && <a href={drill.link}>{words.change}</a>}
      </p>
      <div class="pair">
        <NumberField
          form={form}
          name="drill.everyDays"
          label={words.everyDays}
          hint={words.everyDaysDetail}
        />
        <NumberField
          form={form}
          name="drill.maxMinutes"
          label={words.maxMinutes}
          hint={words.maxMinutesDetail}
        />
      </div>
      <Last view={view} model={model} />
    </fieldset>
  )
}

/** The hidden field says `false` where the unchecked box would say nothing. */
function Enabled({ view, model: { form } }: Part) {
  const words = view.text.drill
  const name = 'drill.enabled'
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
      <small id={`${id}-hint`}>{words.enabledDetail}</small>
    </div>
  )
}

function Last({ view, model: { drill } }: Part) {
  const words = view.text.drill
  if (drill.last === null) return <p class="soft">{words.never}</p>
  const passed = drill.last.outcome === 'completed'
  return (
    <p class={passed ? 'drill-passed' : 'drill-other'}>
      <Icon name={passed ? 'check' : 'warning'} />{' '}
      {words.last[drill.last.outcome](formatSince(view, drill.last.at))}
    </p>
  )
}
