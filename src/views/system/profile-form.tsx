import { SelectField } from '../field.tsx'
import { PostForm } from '../post-form.tsx'
import { RetentionFields } from '../retention-fields.tsx'
import { RetentionPreview } from '../retention-preview.tsx'
import { ScheduleFields } from '../schedule-fields.tsx'
import { ErrorSummary } from '../settings-form.tsx'
import type { View } from '../view.ts'
import type { ProfileModel } from './model.ts'
import { TextField } from './text-field.tsx'

interface Part {
  readonly view: View
  readonly model: ProfileModel
}

/** What of a profile is changed most; its sources themselves are named in the operator settings. */
export function ProfileForm({ view, model }: Part) {
  const { system, settings } = view.text
  const { form, automatic } = model
  return (
    <section class="card" id="settings" aria-labelledby="settings-heading">
      <h2 id="settings-heading">{system.settings.heading}</h2>
      <PostForm
        view={view}
        class="settings"
        action={`${view.base}/settings`}
        novalidate
        data-preview={`${view.base}/settings/preview`}
      >
        <ErrorSummary view={view} form={form} />
        {automatic.configurable && <ScheduleFields view={view} form={form} automatic={automatic} />}
        <RetentionFields view={view} form={form} />
        <WhatFields view={view} model={model} />
        <SourceFields view={view} model={model} />
        <RetentionPreview view={view} preview={model.preview} unsaved={model.previewIsUnsaved} />
        <div class="buttons">
          <button class="button primary" type="submit">
            {settings.save}
          </button>
          <button
            class="button"
            type="submit"
            formaction={`${view.base}/settings/preview`}
            data-preview-button=""
          >
            {settings.preview}
          </button>
          <a
            class="button"
            href={`${view.base}/profiles/remove?profile=${encodeURIComponent(model.profile)}`}
          >
            {system.settings.remove}
          </a>
        </div>
      </PostForm>
    </section>
  )
}

function WhatFields({ view, model: { form, contents } }: Part) {
  const { settings: words, create } = view.text.system
  const options = contents.map((value) => ({ value, name: create.contents[value] }))
  return (
    <fieldset>
      <legend>{words.what}</legend>
      <SelectField form={form} name="content" label={words.content} options={options} />
      <TextField form={form} name="name" label={words.name} hint={words.nameDetail} />
      <TextField form={form} name="folder" label={words.folder} hint={words.folderDetail} />
    </fieldset>
  )
}

function SourceFields({ view, model: { form, sources } }: Part) {
  const words = view.text.system.settings
  return (
    <fieldset>
      <legend>{words.sources}</legend>
      {sources.map(({ id, kind, origin }) =>
        kind === 'directory' ? (
          <TextField
            form={form}
            name={`exclude.${id}`}
            label={words.exclude(origin)}
            hint={words.excludeDetail}
            rows={4}
          />
        ) : (
          <p>
            {words.kind[kind]}
            {': '}
            <code>
              <bdi>{origin}</bdi>
            </code>
          </p>
        ),
      )}
    </fieldset>
  )
}
