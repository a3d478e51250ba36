import { formatDay } from './format/times.ts'
import { Icon } from './icons.tsx'
import type { PreviewModel } from './model.ts'
import { Moment } from './moment.tsx'
import type { View } from './view.ts'

/** More than these are only counted. */
const SHOWN = 10

interface PreviewProps {
  readonly view: View
  readonly preview: PreviewModel
  /** Made from values that are not saved yet. */
  readonly unsaved: boolean
}

/** What the settings above would remove and why. The script replaces the content while somebody types. */
export function RetentionPreview({ view, preview, unsaved }: PreviewProps) {
  const words = view.text.preview
  return (
    <div class="preview" id="preview" role="status" aria-label={words.heading}>
      <p>
        <strong>
          {preview.remove.length === 0 ? words.removesNone : words.removes(preview.remove.length)}
        </strong>{' '}
        {unsaved && <em>{words.unsaved}</em>}
      </p>
      <Removals view={view} preview={preview} />
      <p>
        {preview.reachesBackTo === null
          ? words.nothingStays
          : words.reachesBackTo(formatDay(view, preview.reachesBackTo))}
      </p>
      {preview.short && preview.reachesBackTo !== null && (
        <p class="caution">
          <Icon name="warning" />
          {words.short}
        </p>
      )}
      {preview.clock && (
        <p class="caution">
          <Icon name="clock" />
          {words.clock[preview.clock]}
        </p>
      )}
    </div>
  )
}

function Removals({ view, preview: { remove } }: Pick<PreviewProps, 'view' | 'preview'>) {
  const words = view.text.preview
  if (remove.length === 0) return null
  return (
    <ul>
      {remove.slice(0, SHOWN).map(({ createdAt, reason }) => (
        <li>
          <Moment view={view} at={createdAt} />: {words.reason[reason]}
        </li>
      ))}
      {remove.length > SHOWN && <li>{words.more(remove.length - SHOWN)}</li>}
    </ul>
  )
}
