import { formatMoment } from './format/times.ts'
import { Icon } from './icons.tsx'
import type { BackupModel } from './model.ts'
import { PostForm } from './post-form.tsx'
import type { View } from './view.ts'

interface ActionsProps {
  readonly view: View
  readonly backup: BackupModel
  /** A run is in progress: another one would be refused. */
  readonly busy: boolean
  /** How the backup is told from the others in a link's name. */
  readonly named: boolean
}

export function BackupActions({ view, backup, busy, named }: ActionsProps) {
  const words = view.text.list
  const when = formatMoment(view, backup.createdAt)
  const what = named ? `${backup.database}, ${when}` : when
  const isRollback = backup.trigger === 'before-restore'
  const query = `name=${encodeURIComponent(backup.name)}${view.and}`
  return (
    <div class="actions">
      {isRollback && (
        <a href={`${view.base}/restore?${query}`} aria-label={`${words.back} ${what}`}>
          {words.back}
        </a>
      )}
      <a href={`${view.base}/download?${query}`} aria-label={words.downloadOf(what)}>
        {words.download}
      </a>
      <details class="menu" name="menu">
        <summary aria-label={words.more(what)}>
          <Icon name="more" />
        </summary>
        <div class="items">
          {view.profile === null && <a href={`${view.base}/browse?${query}`}>{view.text.browse.open}</a>}
          {!isRollback && <a href={`${view.base}/restore?${query}`}>{words.restore}</a>}
          <Post
            view={view}
            action={`${view.base}/verify`}
            label={words.verify}
            fields={{ name: backup.name }}
            disabled={busy}
          />
          <Post
            view={view}
            action={`${view.base}/protect`}
            label={backup.protected ? words.unprotect : words.protect}
            fields={{ name: backup.name, protected: String(!backup.protected) }}
          />
          {!backup.protected && (
            <a class="danger" href={`${view.base}/delete?${query}`}>
              {words.delete}
            </a>
          )}
        </div>
      </details>
    </div>
  )
}

interface PostProps {
  readonly view: View
  readonly action: string
  readonly label: string
  readonly fields: Readonly<Record<string, string>>
  readonly disabled?: boolean
}

function Post({ view, action, label, fields, disabled = false }: PostProps) {
  return (
    <PostForm view={view} action={action}>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" disabled={disabled}>
        {label}
      </button>
    </PostForm>
  )
}
