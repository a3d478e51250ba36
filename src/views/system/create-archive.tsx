import { formatAge, formatMoment } from '../format/times.ts'
import { PostForm } from '../post-form.tsx'
import { isActive } from '../protection.ts'
import type { View } from '../view.ts'
import type { ProfileModel } from './model.ts'

/** Characters of a note; the field stops there, before the note would be refused. */
const NOTE_LENGTH = 500

interface Part {
  readonly view: View
  readonly model: ProfileModel
}

/** Begins an archive, after what goes into it was chosen. */
export function CreateArchive({ view, model }: Part) {
  const { system, create } = view.text
  const busy = isActive(model.run)
  return (
    <section class="card" aria-labelledby="create-heading">
      <h2 id="create-heading">{system.create.heading}</h2>
      <PostForm view={view} class="make" action={`${view.base}/create`}>
        {model.contents.length > 1 && <Contents view={view} model={model} busy={busy} />}
        <label class="note-field">
          <span>{create.note}</span>
          <input type="text" name="note" maxlength={NOTE_LENGTH} autocomplete="off" disabled={busy} />
        </label>
        <div class="buttons">
          <button
            class="button primary"
            type="submit"
            disabled={busy}
            title={busy ? create.unavailable : undefined}
          >
            {create.button}
          </button>
          <a class="button" href={`${view.base}/measure?profile=${encodeURIComponent(model.profile)}`}>
            {system.create.measure}
          </a>
        </div>
      </PostForm>
      <p class="soft">
        {system.create.appStaysUsable} <Reminder view={view} model={model} />
      </p>
      {!model.automatic.configurable && <Elsewhere view={view} model={model} />}
    </section>
  )
}

function Contents({ view, model, busy }: Part & { readonly busy: boolean }) {
  const words = view.text.system.create
  return (
    <fieldset class="choices">
      <legend>{words.content}</legend>
      {model.contents.map((content) => (
        <label>
          <input
            type="radio"
            name="content"
            value={content}
            checked={content === model.content}
            disabled={busy}
          />
          {words.contents[content]}
        </label>
      ))}
    </fieldset>
  )
}

function Reminder({ view, model: { automatic, lastAutomaticAt } }: Part) {
  const words = view.text.system.reminder
  if (lastAutomaticAt === null && !automatic.enabled && automatic.configurable) return words.off
  if (lastAutomaticAt === null) return words.never
  return words.last(formatMoment(view, lastAutomaticAt), formatAge(view, lastAutomaticAt))
}

function Elsewhere({ view, model }: Part) {
  const words = view.text.system
  return (
    <>
      <p>
        <strong>{words.elsewhere}</strong> {words.elsewhereDetail}
      </p>
      <pre class="command" tabindex={0}>
        <code>{model.command}</code>
      </pre>
    </>
  )
}
