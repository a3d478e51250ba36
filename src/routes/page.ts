import type { BackupError } from '../engine/errors.ts'
import type { Host, Tenant } from '../host/contract.ts'
import { type HealthFinding, shownFolder } from '../service/health.ts'
import type { OverviewService, RetentionPreview } from '../service/overview-service.ts'
import { type RestoreWay, wayOf } from '../service/restore-way.ts'
import { InvalidSettings } from '../settings/field-problem.ts'
import type { TenantSettings } from '../settings/tenant-settings.ts'
import type {
  FrameModel,
  HealthCode,
  HealthDetails,
  HealthModel,
  HealthReader,
  Language,
  NoticeModel,
  OverviewModel,
  PreviewModel,
  RestoreWayModel,
} from '../views/index.ts'
import {
  doneText,
  errorText,
  fieldErrorText,
  healthText,
  renderOverview,
  renderProblem,
} from '../views/index.ts'
import { html, runJson } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { statusOf } from './statuses.ts'

/** What a form left on the page: values that were typed, and what was said about them. */
export interface FormState {
  readonly values: Readonly<Record<string, string>>
  readonly preview?: RetentionPreview
}

/** Fills the pages' models. */
export class Pages {
  readonly #host: Host
  readonly #overviews: OverviewService
  readonly #base: string

  constructor(parts: { host: Host; overviews: OverviewService; base: string }) {
    this.#host = parts.host
    this.#overviews = parts.overviews
    this.#base = parts.base
  }

  async overview(
    exchange: Exchange,
    more: { notice?: NoticeModel; form?: FormState } = {},
  ): Promise<Response> {
    return html(renderOverview(await this.#model(exchange, more)))
  }

  /** The overview again, with what went wrong on top; a plain page where even that can't be made. */
  async failure(exchange: Exchange, error: BackupError, form?: FormState): Promise<Response> {
    const { language } = exchange
    const { message, hint } = errorText(language, error.code, error.details, error)
    const notice = { kind: 'problem' as const, message, hint }
    const invalid = error instanceof InvalidSettings ? error.fields : []
    const errors = invalid.map((problem) => [problem.field, fieldErrorText(language, problem)])
    try {
      const model = await this.#model(exchange, { notice, ...(form ? { form } : {}) })
      const page = { ...model, form: { ...model.form, errors: Object.fromEntries(errors) } }
      return html(renderOverview(page), statusOf[error.code])
    } catch {
      // The reason of the first failure matters more; the overview's own shows when the page is loaded next.
      return this.problem(exchange, error)
    }
  }

  /** A page that says what went wrong and nothing else. */
  async problem(exchange: Exchange, error: BackupError): Promise<Response> {
    const text = errorText(exchange.language, error.code, error.details, error)
    const frame = await this.frame(exchange, { id: exchange.tenant, timeZone: 'UTC', displayName: '' })
    const status = statusOf[error.code]
    return html(renderProblem({ ...frame, status, ...text }), status)
  }

  /** What every page needs. */
  async frame(
    { caller, language, url }: Exchange,
    tenant: Pick<Tenant, 'id' | 'timeZone' | 'displayName'>,
  ): Promise<FrameModel> {
    const { routes, clock, tasks } = this.#host
    return {
      language,
      timeZone: tenant.timeZone,
      now: clock.now(),
      scheduler: tasks.name[language],
      base: this.#base,
      home: routes.home,
      header: (await routes.header?.(caller, url.pathname)) ?? '',
      tenantId: tenant.id,
      tenantName: tenant.displayName,
    }
  }

  async #model(
    exchange: Exchange,
    { notice, form }: { notice?: NoticeModel; form?: FormState },
  ): Promise<OverviewModel> {
    const overview = await this.#overviews.overview(exchange.tenant)
    const { site, settings } = overview
    const frame = await this.frame(exchange, site.tenant)
    return {
      ...frame,
      showAll: exchange.url.searchParams.get('show') === 'all',
      mayWrite: exchange.caller.permissions.has('backup.write'),
      backups: overview.backups,
      run: overview.run && runJson(overview.run, exchange.language),
      runs: overview.runs.map((run) => runJson(run, exchange.language)),
      automatic: overview.automatic,
      drill: overview.drill,
      health: overview.health.map((finding) => healthModel(finding, frame)),
      storage: overview.storage,
      days: overview.days,
      form: { values: { ...settingsAsTyped(settings), ...form?.values }, errors: {} },
      preview: previewModel(form?.preview ?? overview.preview),
      previewIsUnsaved: form?.preview !== undefined,
      notice: notice ?? noticeFrom(exchange),
      restoreWay: restoreWayModel(wayOf(this.#host.capabilities)),
      folder: shownFolder(site),
    }
  }
}

export const restoreWayModel = (way: RestoreWay): RestoreWayModel | null => (way === 'command' ? null : way)

/** A form that succeeded sends the browser here with a word that says what was done. */
function noticeFrom({ url, language }: Exchange): NoticeModel | null {
  const message = doneText(language, url.searchParams.get('done') ?? '')
  return message === null ? null : { kind: 'success', message, hint: '' }
}

export function previewModel({ remove, reachesBackTo, short, clock }: RetentionPreview): PreviewModel {
  const removed = remove.map(({ backup, reason }) => ({
    name: backup.name,
    createdAt: backup.createdAt,
    reason,
  }))
  return { remove: removed, reachesBackTo, short, clock }
}

/** A finding as a sentence in the reader's language. */
export function healthModel(finding: HealthFinding, reader: HealthReader): HealthModel {
  const { code, severity } = finding
  return { code, severity, ...sentence(finding, reader) }
}

/** What the texts ask for: the compiler sees that every finding has it. */
type Sayable = { [C in HealthCode]: { readonly code: C } & HealthDetails[C] }[HealthCode]

function sentence(finding: HealthFinding, reader: HealthReader) {
  const sayable: Sayable = 'error' in finding ? inWords(finding, reader.language) : finding
  // The table of texts has one function per code, which the compiler can't follow through the index.
  return healthText(reader, sayable.code, sayable as never)
}

function inWords(
  { code, error, at }: Extract<HealthFinding, { readonly error: unknown }>,
  language: Language,
) {
  const { message, hint } = errorText(language, error.code, error.details ?? {}, error)
  return { code, message, hint, at }
}

/** The saved settings as the form shows them: empty for no rule. */
export function settingsAsTyped({ automatic, retention, drill }: TenantSettings): Record<string, string> {
  const schedule = Object.entries(automatic.schedule).map(([name, value]) => [
    `automatic.schedule.${name}`,
    String(value),
  ])
  const rules = Object.entries(retention).map(([name, value]) => [
    `retention.${name}`,
    value === null ? '' : String(value),
  ])
  return {
    'automatic.enabled': String(automatic.enabled),
    ...Object.fromEntries(schedule),
    ...Object.fromEntries(rules),
    'drill.enabled': String(drill.enabled),
    'drill.everyDays': String(drill.everyDays),
    'drill.maxMinutes': String(drill.maxMinutes),
  }
}
