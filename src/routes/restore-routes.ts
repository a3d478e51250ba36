import { BackupError } from '../engine/errors.ts'
import { publicBackup } from '../service/public-backup.ts'
import type { RestorePlan } from '../service/restore-service.ts'
import type { NoticeModel, RestoreModel } from '../views/index.ts'
import { errorText, renderDatabaseChoice, renderRestore } from '../views/index.ts'
import { html, json, runJson } from './answer.ts'
import { type Body, field, nameOf, readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { commandFor, restoreModel } from './restore-model.ts'
import { answerDone, type Route, type RouteParts } from './route.ts'
import { statusOf } from './statuses.ts'

export function restoreRoutes(parts: RouteParts): readonly Route[] {
  const { restores } = parts
  return [
    {
      method: 'GET',
      path: '/restore',
      permission: 'backup.write',
      answer: async (exchange) => {
        const { searchParams } = exchange.url
        const choice = { name: searchParams.get('name') ?? '', database: searchParams.get('database') }
        if (exchange.wantsHtml) return askPage(parts, exchange, choice)
        const plan = await restores.plan(exchange.tenant, choice, exchange.request.signal)
        return json(planJson(plan, exchange))
      },
    },
    {
      method: 'POST',
      path: '/restore',
      permission: 'backup.write',
      answer: async (exchange) => {
        const order = orderIn(await readBody(exchange))
        try {
          const { run } = await restores.restore(exchange.tenant, order, exchange.caller.user)
          const done = restores.way === 'now' ? 'restoring' : 'planned'
          return answerDone(parts, exchange, done, () => json({ run: runJson(run, exchange.language) }, 202))
        } catch (error) {
          if (!exchange.wantsHtml || !(error instanceof BackupError)) throw error
          return await askAgain(parts, exchange, order, error)
        }
      },
    },
  ]
}

type Order = ReturnType<typeof orderIn>

function orderIn(body: Body) {
  const text = (name: string) => {
    const value = field(body, name)
    return typeof value === 'string' ? value : null
  }
  return { name: nameOf(body), database: text('database'), confirm: text('confirm') ?? '' }
}

async function askPage(
  parts: RouteParts,
  exchange: Exchange,
  choice: Pick<Order, 'name' | 'database'>,
): Promise<Response> {
  try {
    return html(renderRestore(await modelOf(parts, exchange, choice)))
  } catch (error) {
    const unclear = error instanceof BackupError && error.details.field === 'database'
    if (!unclear) throw error
    const { backup } = await parts.catalog.find(exchange.tenant, choice.name)
    const { tenant } = await parts.tenancy.site(exchange.tenant)
    const databases = tenant.databases.map(({ name }) => name)
    return html(renderDatabaseChoice({ ...(await parts.pages.frame(exchange, tenant)), backup, databases }))
  }
}

/** The page again with what went wrong; where even that can't be made the error is answered as any other. */
async function askAgain(
  parts: RouteParts,
  exchange: Exchange,
  order: Order,
  error: BackupError,
): Promise<Response> {
  const { message, hint } = errorText(exchange.language, error.code, error.details, error)
  const wrongName = error.code === 'wrong-confirmation'
  const notice: NoticeModel | null = wrongName ? null : { kind: 'problem', message, hint }
  try {
    const typed = { value: order.confirm, error: wrongName ? message : null }
    const model = await modelOf(parts, exchange, order)
    return html(renderRestore({ ...model, notice, typed }), statusOf[error.code])
  } catch {
    throw error
  }
}

async function modelOf(
  { restores, pages }: RouteParts,
  exchange: Exchange,
  choice: Pick<Order, 'name' | 'database'>,
): Promise<RestoreModel> {
  const plan = await restores.plan(exchange.tenant, choice, exchange.request.signal)
  return restoreModel(plan, await pages.frame(exchange, plan.site.tenant), exchange.caller)
}

/** What a restore would change, and how one would go about it. */
function planJson(plan: RestorePlan, { caller }: Exchange) {
  const { preview, site, database, allowed, way, waiting } = plan
  const { backup, version, present, tables, space } = preview
  return {
    preview: { backup: publicBackup(backup), database: database.name, version, present, tables, space },
    restore: {
      allowed,
      way,
      confirm: site.tenant.displayName,
      waiting: waiting?.run.id ?? null,
      command: commandFor(plan, caller).text,
    },
  }
}
