import { Badges, proofOf } from './backup-badges.tsx'
import { Caution } from './caution.tsx'
import { formatBytes } from './format/numbers.ts'
import { formatAge, formatSince } from './format/times.ts'
import { Crumbs, renderDocument } from './frame.tsx'
import type { RestoreModel } from './model.ts'
import { Moment } from './moment.tsx'
import { Notice } from './notice.tsx'
import { RestoreForm } from './restore-form.tsx'
import { RestoreTables } from './restore-tables.tsx'
import { type View, viewOf } from './view.ts'

interface Part {
  readonly view: View
  readonly model: RestoreModel
}

/** Says everything that a restore would change, before anybody can ask for it. */
export function renderRestore(model: RestoreModel): string {
  const view = viewOf(model)
  const words = view.text.restore
  const title = model.isRollback ? words.titleBack : words.title
  const moment = formatSince(view, model.backup.createdAt)
  return renderDocument(
    model,
    <>
      <div class="head">
        <div>
          <Crumbs model={model} />
          <h1>{title}</h1>
          <p class="soft">
            <bdi>{model.tenantName}</bdi>
          </p>
        </div>
      </div>
      <Notice notice={model.notice} />
      <section class="card asking" aria-label={title}>
        <p>
          <bdi>
            {model.isRollback ? words.introBack(model.database, moment) : words.intro(model.database, moment)}
          </bdi>
        </p>
        <Facts view={view} model={model} />
        <Caution strong={words.users} rest={words.usersDetail} />
        <Cautions view={view} model={model} />
      </section>
      <RestoreTables view={view} tables={model.tables} />
      <RestoreForm view={view} model={model} />
    </>,
  )
}

function Facts({ view, model: { backup, version, database } }: Part) {
  const { restore: words, list } = view.text
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
        <dt>{list.proof}</dt>
        <dd>
          <Badges view={view} backup={backup} />
        </dd>
      </div>
      <div>
        <dt>{list.made}</dt>
        <dd>
          {list.trigger[backup.trigger]}
          <small>{formatBytes(backup.sizeBytes, view.language)}</small>
        </dd>
      </div>
      <div>
        <dt>{words.version}</dt>
        <dd>
          <bdi>{version.backup === null ? words.versionUnknown : words.versionOf(version.backup)}</bdi>
        </dd>
      </div>
      <div class="wide">
        <dt>{words.database}</dt>
        <dd>
          <bdi>{database}</bdi>
          <small>
            <code>
              <bdi>{backup.name}</bdi>
            </code>
          </small>
        </dd>
      </div>
    </dl>
  )
}

/** What is out of the ordinary about this one, the worst first. */
function Cautions({ view, model }: Part) {
  const words = view.text.restore
  const { backup, version, present, space, language } = model
  const { backup: made = '', running = '' } = version
  const proof = proofOf(backup)
  return (
    <>
      {proof === 'damaged' && <Caution kind="problem" strong={words.damaged} rest={words.damagedDetail} />}
      {version.relation === 'newer' && (
        <Caution kind="problem" strong={words.newer(made ?? '', running ?? '')} rest={words.newerDetail} />
      )}
      {space.neededBytes > space.freeBytes && (
        <Caution
          kind="problem"
          strong={words.space(
            formatBytes(space.neededBytes, language),
            formatBytes(space.freeBytes, language),
          )}
          rest={words.spaceDetail}
        />
      )}
      {version.relation === 'older' && (
        <Caution strong={words.older(made ?? '', running ?? '')} rest={words.olderDetail} />
      )}
      {version.relation !== 'older' && version.otherSchema && (
        <Caution strong={words.schema} rest={words.schemaDetail} />
      )}
      {backup.trigger === 'imported' && <Caution strong={words.checked} rest={words.checkedDetail} />}
      {present === 'damaged' && <Caution strong={words.presentDamaged} rest={words.presentDamagedDetail} />}
      {present === 'missing' && <Caution strong={words.presentMissing} rest={words.presentMissingDetail} />}
      {present === 'unreadable' && <Caution strong={words.presentUnreadable} rest="" />}
    </>
  )
}
