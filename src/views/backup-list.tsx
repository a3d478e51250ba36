import { BackupActions } from './backup-actions.tsx'
import { Badges } from './backup-badges.tsx'
import { formatBytes, formatCount } from './format/numbers.ts'
import { formatAge, formatMoment } from './format/times.ts'
import { Icon } from './icons.tsx'
import type { BackupModel, OverviewModel } from './model.ts'
import { Moment } from './moment.tsx'
import { isActive } from './protection.ts'
import type { View } from './view.ts'

/** More rows make the page large and keep the host busy for as long as they are rendered. */
const SHOWN = 100

interface ListProps {
  readonly view: View
  readonly model: OverviewModel
}

export function BackupList({ view, model }: ListProps) {
  if (model.backups.length === 0) return <Empty view={view} model={model} />
  const words = view.text.list
  const shown = model.showAll ? model.backups : model.backups.slice(0, SHOWN)
  const several = new Set(model.backups.map(({ database }) => database)).size > 1
  return (
    <section class="card" id="backups">
      <table>
        <caption>{words.heading}</caption>
        <thead>
          <tr>
            <th scope="col">{words.when}</th>
            {several && <th scope="col">{words.database}</th>}
            <th scope="col">{words.size}</th>
            <th scope="col">{words.made}</th>
            <th scope="col">{words.proof}</th>
            {model.mayWrite && (
              <th scope="col">
                <span class="hidden">{words.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((backup) => (
            <Row view={view} model={model} backup={backup} several={several} />
          ))}
        </tbody>
      </table>
      {shown.length < model.backups.length && (
        <More view={view} shown={shown.length} all={model.backups.length} />
      )}
    </section>
  )
}

interface MoreProps {
  readonly view: View
  readonly shown: number
  readonly all: number
}

function More({ view, shown, all }: MoreProps) {
  const { newest, showAll } = view.text.list
  const said = (count: number) => formatCount(count, view.language)
  return (
    <p class="more-rows">
      <span class="soft">{newest(said(shown), said(all))}</span>{' '}
      <a href={`${view.base}?show=all${view.and}#backups`}>{showAll}</a>
    </p>
  )
}

function Row({
  view,
  model,
  backup,
  several,
}: ListProps & { readonly backup: BackupModel; readonly several: boolean }) {
  return (
    <tr>
      <th scope="row" class="when">
        <Moment view={view} at={backup.createdAt} />
        <small>{formatAge(view, backup.createdAt)}</small>
      </th>
      {several && (
        <td class="database">
          <bdi>{backup.database}</bdi>
        </td>
      )}
      <td class="number">{formatBytes(backup.sizeBytes, view.language)}</td>
      <td class="made">
        <Origin view={view} backup={backup} />
      </td>
      <td class="proof">
        <Badges view={view} backup={backup} />
        <LaterLook view={view} backup={backup} />
      </td>
      {model.mayWrite && (
        <td class="doing">
          <BackupActions view={view} backup={backup} busy={isActive(model.run)} named={several} />
        </td>
      )}
    </tr>
  )
}

function Origin({ view, backup }: { readonly view: View; readonly backup: BackupModel }) {
  const { trigger, by } = view.text.list
  return (
    <>
      {trigger[backup.trigger]}
      {backup.createdBy !== null && (
        <>
          {' '}
          <bdi class="soft">{by(backup.createdBy)}</bdi>
        </>
      )}
      {backup.note !== null && backup.note !== '' && (
        <small class="note-text">
          <bdi>{backup.note}</bdi>
        </small>
      )}
    </>
  )
}

/** Longer after the making than the proof that every backup gets could take: somebody had it proven again. */
const LATER_MS = 24 * 60 * 60 * 1000

function LaterLook({ view, backup }: { readonly view: View; readonly backup: BackupModel }) {
  const at = (backup.proven ?? backup.checked)?.at
  if (!at || Date.parse(at) - Date.parse(backup.createdAt) < LATER_MS) return null
  return <small>{view.text.list.again(formatMoment(view, at))}</small>
}

function Empty({ view, model: { mayWrite, automatic } }: ListProps) {
  const words = view.text.list
  return (
    <section class="card empty" id="backups">
      <Icon name="box" />
      <h2>{words.emptyTitle}</h2>
      {mayWrite ? (
        <>
          <p>{words.emptyFirst}</p>
          <p class="soft">{automatic.configurable ? words.emptyThen : words.emptyThenAt(view.scheduler)}</p>
        </>
      ) : (
        <p>{words.emptyReadOnly}</p>
      )}
    </section>
  )
}
