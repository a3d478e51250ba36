import { BackupError } from '../../engine/errors.ts'
import { publicBackup } from '../../service/public-backup.ts'
import type { ArchivePlan, ArchiveRestoreOrder } from '../../service/system/archive-restores.ts'
import { archiveCommand } from '../../service/system/system-command.ts'
import {
  type ArchiveRestoreModel,
  errorText,
  type FrameModel,
  type NoticeModel,
  renderArchiveRestore,
} from '../../views/index.ts'
import { html, json, runJson } from '../answer.ts'
import { type Body, field, flagOf, nameOf, readBody, refused } from '../body.ts'
import type { Exchange } from '../exchange.ts'
import type { Route } from '../route.ts'
import { statusOf } from '../statuses.ts'
import { answerDone } from './answer-done.ts'
import { chosenProfile } from './chosen-profile.ts'
import type { SystemParts } from './parts.ts'
import { operate } from './system-routes.ts'

/** What is in an archive, and putting it back. */
export function archiveRestoreRoutes(parts: SystemParts): readonly Route[] {
  const { restores, profiles } = parts
  return [
    operate('GET', '/restore', async (exchange) => {
      const profile = await chosenProfile(profiles, exchange)
      const name = exchange.url.searchParams.get('name') ?? ''
      const plan = await restores.plan(profile, name, exchange.request.signal)
      if (!exchange.wantsHtml) return json(planJson(plan, parts.host.version))
      const frame = await parts.pages.frame(exchange, profile)
      return html(renderArchiveRestore(modelOf(plan, frame, parts.host.version)))
    }),
    operate('POST', '/restore', async (exchange) => {
      const body = await readBody(exchange)
      const profile = await chosenProfile(profiles, exchange, body)
      const order = orderIn(body)
      try {
        const { run } = await restores.restore(profile, order, exchange.caller.user)
        return answerDone(parts, exchange, { done: 'restoring', profile }, () =>
          json({ run: runJson(run, exchange.language) }, 202),
        )
      } catch (error) {
        if (!exchange.wantsHtml || !(error instanceof BackupError)) throw error
        return await askAgain(parts, exchange, { profile, order, body }, error)
      }
    }),
  ]
}

/** The page again with what went wrong; where even that can't be made the error is answered as any other. */
async function askAgain(
  parts: SystemParts,
  exchange: Exchange,
  {
    profile,
    order,
    body,
  }: { readonly profile: string; readonly order: ArchiveRestoreOrder; readonly body: Body },
  error: BackupError,
): Promise<Response> {
  const { message, hint } = errorText(exchange.language, error.code, error.details, error)
  const wrongName = error.code === 'wrong-confirmation'
  const notice: NoticeModel | null = wrongName ? null : { kind: 'problem', message, hint }
  try {
    const plan = await parts.restores.plan(profile, order.name, exchange.request.signal)
    const model = modelOf(plan, await parts.pages.frame(exchange, profile), parts.host.version)
    const values = body.kind === 'form' ? Object.fromEntries(body.fields) : {}
    const chosen = order.sources.map(({ id }) => id)
    const typed = { values, chosen, error: wrongName ? message : null }
    return html(renderArchiveRestore({ ...model, notice, typed }), statusOf[error.code])
  } catch {
    throw error
  }
}

/** A form names its sources by ticked boxes, and other places in fields beside them; JSON has `{ id, to }`. */
function orderIn(body: Body): ArchiveRestoreOrder {
  const confirm = field(body, 'confirm')
  return {
    name: nameOf(body),
    confirm: typeof confirm === 'string' ? confirm : '',
    sources: body.kind === 'form' ? ticked(body.fields) : listed(field(body, 'sources')),
    mirror: flag(body, 'mirror'),
    anyVersion: flag(body, 'anyVersion'),
    replaceDatabases: flag(body, 'replaceDatabases'),
    acceptImported: flag(body, 'acceptImported'),
    acceptUnseen: flag(body, 'acceptUnseen'),
  }
}

function ticked(fields: URLSearchParams): ArchiveRestoreOrder['sources'] {
  return fields.getAll('source').map((id) => ({ id, to: fields.get(`to.${id}`)?.trim() || null }))
}

function listed(value: unknown): ArchiveRestoreOrder['sources'] {
  if (!Array.isArray(value)) throw refused('The sources must be a list.', { field: 'sources' })
  return value.map((one: unknown) => {
    const { id, to = null } = (typeof one === 'object' && one !== null ? one : { id: one }) as {
      id?: unknown
      to?: unknown
    }
    if (typeof id === 'string' && (to === null || typeof to === 'string')) return { id, to: to || null }
    throw refused('A source is { "id", "to" }, where "to" may be left out.', { field: 'sources' })
  })
}

/** What isn't sent is no. A form sends `false` before the box that was ticked. */
function flag(body: Body, name: string): boolean {
  if (body.kind === 'form') return body.fields.getAll(name).at(-1) === 'true'
  return field(body, name) === undefined ? false : flagOf(body, name)
}

function modelOf(plan: ArchivePlan, frame: FrameModel, running: string): ArchiveRestoreModel {
  const { site, backup, contents, sources } = plan
  return {
    ...frame,
    profile: site.id,
    backup,
    content: contents.manifest.content,
    sizeBytes: contents.sizeBytes,
    contentBytes: contents.contentBytes,
    entryCount: contents.entryCount,
    version: { backup: contents.manifest.appVersion, running, differs: plan.otherVersion },
    sources: sources.map(({ leftOutMore = {}, ...source }) => ({
      ...source,
      leftOutMore: Object.values(leftOutMore).reduce((sum, count) => sum + count, 0),
    })),
    allowed: plan.allowed,
    command: archiveCommand(site, backup.name),
    notice: null,
    typed: { values: {}, chosen: null, error: null },
  }
}

function planJson(plan: ArchivePlan, running: string) {
  const { contents, backup, sources, site } = plan
  return {
    contents: {
      backup: publicBackup(backup),
      content: contents.manifest.content,
      createdAt: contents.manifest.createdAt,
      sizeBytes: contents.sizeBytes,
      contentBytes: contents.contentBytes,
      entryCount: contents.entryCount,
      sources,
    },
    restore: {
      allowed: plan.allowed,
      confirm: site.id,
      imported: backup.trigger === 'imported',
      version: { backup: contents.manifest.appVersion, running, differs: plan.otherVersion },
      command: archiveCommand(site, backup.name),
    },
  }
}
