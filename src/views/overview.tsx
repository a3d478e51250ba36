import { BackupList } from './backup-list.tsx'
import { CreateForm } from './create-form.tsx'
import { DaysStrip } from './days-strip.tsx'
import { Crumbs, renderDocument } from './frame.tsx'
import { HealthList } from './health-list.tsx'
import type { OverviewModel } from './model.ts'
import { Notice } from './notice.tsx'
import { isActive } from './protection.ts'
import { RestoreOutcome } from './restore-outcome.tsx'
import { RunCard } from './run-card.tsx'
import { RunHistory } from './run-history.tsx'
import { SettingsForm } from './settings-form.tsx'
import { SizeChart } from './size-chart.tsx'
import { StatusCard } from './status-card.tsx'
import { type View, viewOf } from './view.ts'

interface Part {
  readonly view: View
  readonly model: OverviewModel
}

/** The page itself: are we safe, what is wrong, what goes on, what is there, what is set. */
export function renderOverview(model: OverviewModel): string {
  const view = viewOf(model)
  return renderDocument(
    model,
    <>
      <Heading view={view} model={model} />
      {!isSaidInTheForm(model) && <Notice notice={model.notice} />}
      <StatusCard view={view} model={model} />
      <HealthList view={view} model={model} />
      {isActive(model.run) && (
        <RunCard view={view} run={model.run} mayWrite={model.mayWrite} restoreWay={model.restoreWay} />
      )}
      <RestoreOutcome view={view} model={model} />
      <Pictures view={view} model={model} />
      <BackupList view={view} model={model} />
      <RunHistory view={view} runs={model.runs} />
      {model.mayWrite && <SettingsForm view={view} model={model} />}
      <Foot view={view} model={model} />
    </>,
  )
}

/** Refused settings are said beside their fields, and there better. */
const isSaidInTheForm = ({ mayWrite, notice, form }: OverviewModel) =>
  mayWrite && notice?.kind === 'problem' && Object.keys(form.errors).length > 0

function Heading({ view, model }: Part) {
  return (
    <div class="head">
      <div>
        <Crumbs model={model} />
        <h1>{view.text.page.title}</h1>
        <p class="soft">
          <bdi>{model.tenantName}</bdi>
        </p>
      </div>
      {model.mayWrite && <CreateForm view={view} busy={isActive(model.run)} />}
    </div>
  )
}

/** Where nothing was ever made or tried there is nothing to draw. */
function Pictures({ view, model }: Part) {
  const [made, tried] = [
    model.backups.length > 0,
    model.days.some(({ state }) => state === 'failed' || state === 'missed'),
  ]
  if (!made && !tried) return null
  return (
    <div class="pictures">
      <DaysStrip view={view} days={model.days} />
      {made && <SizeChart view={view} backups={model.backups} />}
    </div>
  )
}

function Foot({ view, model }: Part) {
  const words = view.text.page
  return (
    <footer class="foot">
      {model.mayWrite ? (
        <p>
          <a href={`${view.base}/upload`}>{view.text.upload.link}</a>
        </p>
      ) : (
        <p>{words.readOnly}</p>
      )}
      <p>
        {words.folder}{' '}
        <code>
          <bdi>{model.folder}</bdi>
        </code>{' '}
        {words.folderAsPlainFiles}
      </p>
    </footer>
  )
}
