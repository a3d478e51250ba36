import { NumberField } from './field.tsx'
import type { SettingsFormModel } from './model.ts'
import type { View } from './view.ts'

const calendarRules = ['keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'] as const

export function RetentionFields({ view, form }: { readonly view: View; readonly form: SettingsFormModel }) {
  const words = view.text.settings
  const names = calendarRules.map((rule) => `retention.${rule}`)
  const inUse = names.some((name) => form.values[name] || form.errors[name])
  return (
    <fieldset>
      <legend>{words.retention}</legend>
      <div class="pair">
        <NumberField
          form={form}
          name="retention.maxCount"
          label={words.maxCount}
          hint={words.maxCountDetail}
        />
        <NumberField
          form={form}
          name="retention.maxAgeDays"
          label={words.maxAgeDays}
          hint={words.maxAgeDaysDetail}
        />
      </div>
      <details class="more-rules" open={inUse}>
        <summary>{words.calendar}</summary>
        <p class="soft">{words.calendarDetail}</p>
        <div class="four">
          {calendarRules.map((rule) => (
            <NumberField form={form} name={`retention.${rule}`} label={words[rule]} />
          ))}
        </div>
      </details>
      <p class="soft">
        {words.emptyIsNoRule} {words.always}
      </p>
    </fieldset>
  )
}
