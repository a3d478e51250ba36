import { DrillFields } from './drill-fields.tsx'
import { fieldId } from './field.tsx'
import type { OverviewModel, SettingsFormModel } from './model.ts'
import { PostForm } from './post-form.tsx'
import { RetentionFields } from './retention-fields.tsx'
import { RetentionPreview } from './retention-preview.tsx'
import { ScheduleFields } from './schedule-fields.tsx'
import type { View } from './view.ts'

interface SettingsProps {
  readonly view: View
  readonly model: OverviewModel
}

/** Checked by the server alone, which answers in the reader's language: hence `novalidate`. */
export function SettingsForm({ view, model }: SettingsProps) {
  const words = view.text.settings
  const { form, automatic } = model
  return (
    <section class="card" id="settings" aria-labelledby="settings-heading">
      <h2 id="settings-heading">{words.heading}</h2>
      <PostForm
        view={view}
        class="settings"
        action={`${view.base}/settings`}
        novalidate
        data-preview={`${view.base}/settings/preview`}
      >
        <ErrorSummary view={view} form={form} />
        <ScheduleFields view={view} form={form} automatic={automatic} />
        <RetentionFields view={view} form={form} />
        <DrillFields view={view} model={model} />
        <RetentionPreview view={view} preview={model.preview} unsaved={model.previewIsUnsaved} />
        <div class="buttons">
          <button class="button primary" type="submit">
            {words.save}
          </button>
          <button
            class="button"
            type="submit"
            formaction={`${view.base}/settings/preview`}
            data-preview-button=""
          >
            {words.preview}
          </button>
        </div>
      </PostForm>
    </section>
  )
}

/** Every refused field, with the way to it. */
export function ErrorSummary({ view, form }: { readonly view: View; readonly form: SettingsFormModel }) {
  const errors = Object.entries(form.errors)
  if (errors.length === 0) return null
  const labels = fieldLabels(view)
  return (
    <div class="summary" role="alert" tabindex={-1} autofocus>
      <p>
        <strong>{view.text.settings.errors(errors.length)}</strong>
      </p>
      <ul>
        {errors.map(([name, error]) => (
          <li>
            {labels[name] ? <a href={`#${fieldId(name)}`}>{labels[name]}</a> : <bdi>{name}</bdi>}
            {name && ': '}
            <bdi>{error}</bdi>
          </li>
        ))}
      </ul>
    </div>
  )
}

function fieldLabels({ text: { settings, drill, system } }: View): Readonly<Record<string, string>> {
  return {
    'automatic.enabled': settings.enabled,
    'automatic.schedule.every': settings.every,
    'automatic.schedule.at': settings.at,
    'automatic.schedule.on': `${settings.weekday}, ${settings.monthday}`,
    'automatic.schedule.count': settings.count,
    'retention.maxCount': settings.maxCount,
    'retention.maxAgeDays': settings.maxAgeDays,
    'retention.keepDaily': settings.keepDaily,
    'retention.keepWeekly': settings.keepWeekly,
    'retention.keepMonthly': settings.keepMonthly,
    'retention.keepYearly': settings.keepYearly,
    'drill.enabled': drill.enabled,
    'drill.everyDays': drill.everyDays,
    'drill.maxMinutes': drill.maxMinutes,
    content: system.settings.content,
    name: system.settings.name,
    folder: system.settings.folder,
    id: system.adding.id,
  }
}
