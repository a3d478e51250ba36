import type { BackupError } from '../../engine/errors.ts'
import type { Host } from '../../host/contract.ts'
import type { Overview } from '../../service/overview-service.ts'
import type { ProfileSite } from '../../service/system/profile-sites.ts'
import { profileCommand } from '../../service/system/system-command.ts'
import type { SystemOverview, SystemOverviews } from '../../service/system/system-overview.ts'
import { InvalidSettings } from '../../settings/field-problem.ts'
import { namePresets } from '../../settings/profiles.ts'
import {
  type ContentModel,
  doneText,
  errorText,
  type FrameModel,
  fieldErrorText,
  type NoticeModel,
  type ProfileModel,
  protectionOf,
  renderNewProfile,
  renderProblem,
  renderSystem,
  systemTitle,
} from '../../views/index.ts'
import { html, runJson } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { type FormState, healthModel, previewModel, settingsAsTyped } from '../page.ts'
import { statusOf } from '../statuses.ts'
import { brokenFields, reasonsOf } from './system-json.ts'

interface Shown {
  /** Which profile; otherwise the one that the address names, or the first. */
  readonly profile?: string | undefined
  readonly notice?: NoticeModel
  readonly form?: FormState
  readonly errors?: Readonly<Record<string, string>>
}

/** Fills the models of the system page. */
export class SystemPages {
  readonly #host: Host
  readonly #overviews: SystemOverviews
  readonly #base: string

  constructor(parts: { host: Host; overviews: SystemOverviews; base: string }) {
    this.#host = parts.host
    this.#overviews = parts.overviews
    this.#base = parts.base
  }

  async overview(exchange: Exchange, more: Shown = {}, status = 200): Promise<Response> {
    const system = await this.#overviews.overview()
    const wanted = more.profile ?? more.form?.values.profile ?? exchange.url.searchParams.get('profile')
    const shown = system.profiles.find(({ site }) => site.id === wanted) ?? system.profiles[0] ?? null
    const frame = await this.frame(exchange, shown?.site.id)
    const readers = { host: this.#host, language: exchange.language }
    const model = {
      ...frame,
      profiles: system.profiles.map((one) => ({
        id: one.site.id,
        state: protectionOf(this.#profile(exchange, frame, one, {})),
      })),
      broken: system.broken.map((one) => ({ id: one.id, problems: brokenFields(one, exchange.language) })),
      shown: shown && this.#profile(exchange, frame, shown, more),
      tenants: tenantsOf(system, readers),
      allTenants: exchange.url.searchParams.get('tenants') === 'all',
      notice: more.notice ?? noticeFrom(exchange),
    }
    return html(renderSystem(model), status)
  }

  /** The page again, with what went wrong on top; a plain page where even that can't be made. */
  async failure(exchange: Exchange, error: BackupError, form?: FormState): Promise<Response> {
    const { language, url } = exchange
    const { message, hint } = errorText(language, error.code, error.details, error)
    const notice = { kind: 'problem', message, hint } as const
    const fields = error instanceof InvalidSettings ? error.fields : []
    const errors = Object.fromEntries(fields.map((one) => [one.field, fieldErrorText(language, one)]))
    try {
      return url.pathname.endsWith('/profiles')
        ? await this.newProfile(exchange, { values: form?.values ?? {}, errors }, statusOf[error.code])
        : await this.overview(exchange, { notice, errors, ...(form && { form }) }, statusOf[error.code])
    } catch {
      // The reason of the first failure matters more; the page's own shows when it is loaded next.
      return this.problem(exchange, error)
    }
  }

  async problem(exchange: Exchange, error: BackupError): Promise<Response> {
    const text = errorText(exchange.language, error.code, error.details, error)
    const status = statusOf[error.code]
    return html(renderProblem({ ...(await this.frame(exchange)), status, ...text }), status)
  }

  async newProfile(
    exchange: Exchange,
    { values, errors }: ProfileModel['form'] = { values: {}, errors: {} },
    status = 200,
  ): Promise<Response> {
    const form = { values: { name: namePresets[0], ...values }, errors }
    return html(renderNewProfile({ ...(await this.frame(exchange)), form }), status)
  }

  /** What every page needs; `profile` when it is about one. */
  async frame<P extends string | undefined = undefined>(
    { caller, language, url }: Exchange,
    profile?: P,
  ): Promise<FrameModel> {
    const { routes, clock, tasks, timeZone = 'UTC' } = this.#host
    return {
      language,
      timeZone,
      now: clock.now(),
      scheduler: tasks.name[language],
      base: this.#base,
      home: routes.home,
      header: (await routes.header?.(caller, url.pathname)) ?? '',
      tenantId: '',
      tenantName: systemTitle(language),
      ...(profile !== undefined && { profile }),
    }
  }

  #profile(
    { language, url }: Exchange,
    frame: FrameModel,
    overview: Overview<ProfileSite>,
    { form, errors = {} }: Shown,
  ): ProfileModel {
    const { site, settings } = overview
    const { profile } = site
    const { configurable } = overview.automatic
    // On a host that starts none by itself the page says so in its own words.
    const health = overview.health.filter(
      ({ code }) => configurable || (code !== 'schedule-elsewhere' && code !== 'task-inactive'),
    )
    return {
      ...frame,
      profile: site.id,
      showAll: url.searchParams.get('show') === 'all',
      mayWrite: true,
      backups: overview.backups,
      run: overview.run && runJson(overview.run, language),
      runs: overview.runs.map((run) => runJson(run, language)),
      automatic: overview.automatic,
      drill: overview.drill,
      health: health.map((finding) => healthModel(finding, frame)),
      storage: overview.storage,
      days: overview.days,
      form: {
        values: { ...settingsAsTyped(settings), ...typedOf(site), ...form?.values },
        errors: withSourceErrors(errors, site),
      },
      preview: previewModel(form?.preview ?? overview.preview),
      previewIsUnsaved: form?.preview !== undefined,
      notice: null,
      restoreWay: null,
      folder: site.vault.folder,
      content: profile.content,
      contents: contentsOf(site),
      sources: profile.sources.map((source) => ({
        id: source.id,
        kind: source.kind,
        origin: source.kind === 'mssql' ? source.database : source.path,
      })),
      lastAutomaticAt: overview.backups.find(({ trigger }) => trigger === 'scheduled')?.createdAt ?? null,
      command: profileCommand(site.id),
    }
  }
}

/** A source's patterns stand in one field. */
function withSourceErrors(errors: Readonly<Record<string, string>>, { profile }: ProfileSite) {
  const own = Object.entries(errors).map(([field, message]) => {
    const index = /^sources\.(\d+)\.exclude/.exec(field)?.[1]
    const id = index === undefined ? undefined : profile.sources[Number(index)]?.id
    return [id === undefined ? field : `exclude.${id}`, message]
  })
  return Object.fromEntries(own)
}

function typedOf({ profile }: ProfileSite): Record<string, string> {
  const { content, name, folder, sources } = profile
  const excludes = sources.flatMap((source) =>
    source.kind === 'directory' ? [[`exclude.${source.id}`, source.exclude.join('\n')]] : [],
  )
  return { content, name, folder: folder ?? '', ...Object.fromEntries(excludes) }
}

function contentsOf({ profile }: ProfileSite): readonly ContentModel[] {
  const files = profile.sources.some(({ kind }) => kind === 'directory')
  const databases = profile.sources.some(({ kind }) => kind !== 'directory')
  return files && databases ? ['everything', 'files', 'databases'] : ['everything']
}

function tenantsOf({ tenants }: SystemOverview, readers: Parameters<typeof reasonsOf>[1]) {
  return tenants.map((standing) => {
    const { id, name, timeZone, lastProvenAt, state } = standing
    return { id, name, timeZone, lastProvenAt, state, reasons: reasonsOf(standing, readers) }
  })
}

function noticeFrom({ url, language }: Exchange): NoticeModel | null {
  const message = doneText(language, url.searchParams.get('done') ?? '')
  return message === null ? null : { kind: 'success', message, hint: '' }
}
