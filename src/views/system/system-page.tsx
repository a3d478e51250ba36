import { BackupList } from '../backup-list.tsx'
import { DaysStrip } from '../days-strip.tsx'
import { Crumbs, renderDocument } from '../frame.tsx'
import { HealthList } from '../health-list.tsx'
import { Icon } from '../icons.tsx'
import { Notice } from '../notice.tsx'
import { isActive } from '../protection.ts'
import { RunCard } from '../run-card.tsx'
import { RunHistory } from '../run-history.tsx'
import { SizeChart } from '../size-chart.tsx'
import { StatusCard } from '../status-card.tsx'
import { type View, viewOf } from '../view.ts'
import { Board } from './board.tsx'
import { CreateArchive } from './create-archive.tsx'
import type { ProfileModel, SystemModel } from './model.ts'
import { ProfileForm } from './profile-form.tsx'
import { BrokenProfiles, ProfileTabs } from './profile-tabs.tsx'

interface Part {
  readonly view: View
  readonly model: SystemModel
}

/** The operators' page: one profile at a time, and how all tenants stand. */
export function renderSystem(model: SystemModel): string {
  const view = viewOf(model)
  const { shown } = model
  const refused = shown !== null && Object.keys(shown.form.errors).length > 0
  return renderDocument(
    model,
    <>
      <Heading view={view} model={model} />
      {!refused && <Notice notice={model.notice} />}
      <BrokenProfiles view={view} broken={model.broken} />
      <ProfileTabs view={view} model={model} />
      {shown ? <Shown view={view} model={shown} /> : <NoProfiles view={view} />}
      <Board view={view} model={model} />
      {shown && <Archives view={view} model={shown} />}
    </>,
  )
}

function Heading({ view, model }: Part) {
  const words = view.text.system
  return (
    <div class="head">
      <div>
        <Crumbs model={model} />
        <h1>{words.title}</h1>
        <p class="soft">{words.lead}</p>
      </div>
      <a class="button" href={`${view.base}/profiles/new`}>
        {words.newProfile}
      </a>
    </div>
  )
}

function NoProfiles({ view }: Pick<Part, 'view'>) {
  const words = view.text.system
  return (
    <section class="card empty">
      <Icon name="box" />
      <h2>{words.noProfiles}</h2>
      <p>{words.noProfilesDetail}</p>
    </section>
  )
}

interface ProfilePart {
  readonly view: View
  readonly model: ProfileModel
}

/** How the profile stands, what goes on, and what can be begun. */
function Shown({ view, model }: ProfilePart) {
  return (
    <>
      <StatusCard view={view} model={model} />
      <HealthList view={view} model={model} />
      {isActive(model.run) && <RunCard view={view} run={model.run} mayWrite restoreWay={null} />}
      <CreateArchive view={view} model={model} />
    </>
  )
}

function Archives({ view, model }: ProfilePart) {
  return (
    <>
      {model.backups.length > 0 && (
        <div class="pictures">
          <DaysStrip view={view} days={model.days} />
          <SizeChart view={view} backups={model.backups} />
        </div>
      )}
      <BackupList view={view} model={model} />
      <RunHistory view={view} runs={model.runs} />
      <ProfileForm view={view} model={model} />
      <Foot view={view} model={model} />
    </>
  )
}

function Foot({ view, model }: ProfilePart) {
  const words = view.text.system
  return (
    <footer class="foot">
      <p>
        <a href={`${view.base}/upload?${view.and.slice(1)}`}>{words.upload.link}</a>
      </p>
      <p>
        {words.foot}{' '}
        <code>
          <bdi>{model.folder}</bdi>
        </code>{' '}
        {words.footDetail}
      </p>
    </footer>
  )
}
