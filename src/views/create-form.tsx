import { PostForm } from './post-form.tsx'
import type { View } from './view.ts'

/** Characters of a note; the field stops there, before the note would be refused. */
const NOTE_LENGTH = 500

/** `busy`: a run is in progress, and another one would be refused. */
export function CreateForm({ view, busy }: { readonly view: View; readonly busy: boolean }) {
  const words = view.text.create
  return (
    <PostForm view={view} class="create" action={`${view.base}/create`}>
      <label>
        <span>{words.note}</span>
        <input type="text" name="note" maxlength={NOTE_LENGTH} autocomplete="off" disabled={busy} />
      </label>
      <button
        class="button primary"
        type="submit"
        disabled={busy}
        title={busy ? words.unavailable : undefined}
      >
        {words.button}
      </button>
    </PostForm>
  )
}
