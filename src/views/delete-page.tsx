import { Badges } from './backup-badges.tsx'
import { Caution } from './caution.tsx'
import { formatBytes } from './format/numbers.ts'
import { formatAge } from './format/times.ts'
import { Crumbs, renderDocument } from './frame.tsx'
import type { BackupModel, DeleteModel } from './model.ts'
import { Moment } from './moment.tsx'
import { PostForm } from './post-form.tsx'
import { type View, viewOf } from './view.ts'

interface Part {
  readonly view: View
  readonly model: DeleteModel
}

/** Asks before something is gone for good, and says what it is. */
export function renderDelete(model: DeleteModel): string {
  const view = viewOf(model)
  const words = view.text.deletion
  return renderDocument(
    model,
    <>
      <div class="head">
        <div>
          <Crumbs model={model} />
          <h1>{words.title}</h1>
        </div>
      </div>
      <section class="card narrow" aria-label={words.title}>
        <Facts view={view} backup={model.backup} />
        {model.isNewestProven && <Caution strong={words.newest} rest={words.newestDetail} />}
        {model.backup.protected ? (
          <Caution strong={words.protected} rest={words.protectedDetail} />
        ) : (
          <p>
            <strong>{words.forever}</strong>
          </p>
        )}
        <Choice view={view} model={model} />
      </section>
    </>,
  )
}

function Facts({ view, backup }: { readonly view: View; readonly backup: BackupModel }) {
  const { deletion: words, list } = view.text
  return (
    <dl class="facts">
      <div>
        <dt>{list.when}</dt>
        <dd>
          <Moment view={view} at={backup.createdAt} />
          <small>{formatAge(view, backup.createdAt)}</small>
        </dd>
      </div>
      <div>
        <dt>{list.size}</dt>
        <dd>{formatBytes(backup.sizeBytes, view.language)}</dd>
      </div>
      <div>
        <dt>{words.made}</dt>
        <dd>
          {list.trigger[backup.trigger]}
          {backup.note && (
            <small>
              <bdi>{backup.note}</bdi>
            </small>
          )}
        </dd>
      </div>
      <div>
        <dt>{list.proof}</dt>
        <dd>
          <Badges view={view} backup={backup} />
        </dd>
      </div>
      <div class="wide">
        <dt>{words.file}</dt>
        <dd>
          <code>
            <bdi>{backup.name}</bdi>
          </code>
        </dd>
      </div>
    </dl>
  )
}

function Choice({ view, model: { backup } }: Part) {
  const words = view.text.deletion
  return (
    <PostForm view={view} class="buttons" action={`${view.base}/delete`}>
      {!backup.protected && (
        <>
          <input type="hidden" name="name" value={backup.name} />
          <button class="button danger" type="submit">
            {words.confirm}
          </button>
        </>
      )}
      <a class="button" href={view.home}>
        {words.cancel}
      </a>
    </PostForm>
  )
}
