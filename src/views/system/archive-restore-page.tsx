import { Badges } from '../backup-badges.tsx'
import { Caution } from '../caution.tsx'
import { formatBytes } from '../format/numbers.ts'
import { formatAge } from '../format/times.ts'
import { Crumbs, renderDocument } from '../frame.tsx'
import { Moment } from '../moment.tsx'
import { Notice } from '../notice.tsx'
import { type View, viewOf } from '../view.ts'
import { ArchiveRestoreForm } from './archive-restore-form.tsx'
import type { ArchiveRestoreModel } from './model.ts'

interface Part {
  readonly view: View
  readonly model: ArchiveRestoreModel
}

/** What is in an archive, and which of it goes where. */
export function renderArchiveRestore(model: ArchiveRestoreModel): string {
  const view = viewOf(model)
  const words = view.text.system.restore
  const { version } = model
  return renderDocument(
    model,
    <>
      <div class="head">
        <div>
          <Crumbs model={model} />
          <h1>{words.title}</h1>
        </div>
      </div>
      <Notice notice={model.notice} />
      <section class="card" aria-labelledby="contents-heading">
        <h2 id="contents-heading">{words.contents}</h2>
        <Facts view={view} model={model} />
      </section>
      {version.differs && (
        <Caution
          strong={words.otherVersion(version.backup ?? '', version.running)}
          rest={words.otherVersionDetail}
        />
      )}
      {model.backup.trigger === 'imported' && <Caution strong={words.imported} rest={words.importedDetail} />}
      {model.allowed ? (
        <ArchiveRestoreForm view={view} model={model} />
      ) : (
        <ByOperator view={view} model={model} />
      )}
    </>,
  )
}

function Facts({ view, model }: Part) {
  const { system, list, deletion } = view.text
  const words = system.restore
  const { backup } = model
  const size = (bytes: number) => formatBytes(bytes, view.language)
  return (
    <dl class="facts">
      <div>
        <dt>{words.made}</dt>
        <dd>
          <Moment view={view} at={backup.createdAt} />
          <small>{formatAge(view, backup.createdAt)}</small>
        </dd>
      </div>
      <div>
        <dt>{words.content}</dt>
        <dd>{system.create.contents[model.content]}</dd>
      </div>
      <div>
        <dt>{words.size}</dt>
        <dd>
          {size(model.sizeBytes)}
          <small>{words.unpacked(size(model.contentBytes), model.entryCount)}</small>
        </dd>
      </div>
      <div>
        <dt>{words.version}</dt>
        <dd>{model.version.backup ?? words.versionUnknown}</dd>
      </div>
      <div>
        <dt>{list.proof}</dt>
        <dd>
          <Badges view={view} backup={backup} />
        </dd>
      </div>
      <div class="wide">
        <dt>{deletion.file}</dt>
        <dd>
          <code>
            <bdi>{backup.name}</bdi>
          </code>
        </dd>
      </div>
    </dl>
  )
}

function ByOperator({ view, model }: Part) {
  const words = view.text.system.restore
  return (
    <section class="card asking">
      <p>
        <strong>{words.notAllowed}</strong> {words.byOperator}
      </p>
      <pre class="command" tabindex={0}>
        <code>{model.command}</code>
      </pre>
      <p>
        <a class="button" href={view.home}>
          {words.cancel}
        </a>
      </p>
    </section>
  )
}
