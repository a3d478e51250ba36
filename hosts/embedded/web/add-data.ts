import { randomUUID } from 'node:crypto'
import type { Tenant } from 'automate-plugin-backup/host'
import type { Express, Request, Response } from 'express'
import { HostError } from '../host-error.ts'
import { isoOf } from '../scheduler/tasks-port.ts'
import { addRow, deleteRow, listTables, readTable, type TableSummary } from '../tenants/tables.ts'
import { askForTenant } from './add-session.ts'
import {
  field,
  isBrowser,
  pageNumber,
  query,
  sendPage,
  WebProblem,
  wantsJson,
  wantsJsonResult,
} from './answers.ts'
import { headerFor } from './header-for.ts'
import { tablePage, tablePath, tablesPage } from './pages/data-page.tsx'
import type { WebParts } from './parts.ts'
import { type Text, textIn } from './text/index.ts'
import { theVisitor } from './visitor.ts'

const perPage = 25

export function addData(app: Express, parts: WebParts): void {
  app.get('/data', (request, response) => {
    const tenant = demand(request, response, 'data.read', parts)
    if (tenant === null) return
    if (query(request, 'table') === '') showTables(request, response, tenant, parts)
    else showTable(request, response, tenant, parts, null)
  })
  app.post('/data/add', async (request, response) => {
    await change(request, response, parts, 'added', (database, table) =>
      addRow(database, table, valuesIn(request, database, table)),
    )
  })
  app.post('/data/delete', async (request, response) => {
    await change(request, response, parts, 'deleted', (database, table) => {
      const key = keyIn(request)
      if (!deleteRow(database, table, key)) throw new WebProblem('not-found')
      return key
    })
  })
}

type Change = (database: ReturnType<WebParts['databases']['get']>, table: string) => string

async function change(
  request: Request,
  response: Response,
  parts: WebParts,
  notice: keyof Text['data']['notices'],
  work: Change,
): Promise<void> {
  const tenant = demand(request, response, 'data.write', parts)
  if (tenant === null) return
  const name = databaseName(field(request, 'database'), tenant)
  const table = field(request, 'table')
  try {
    const key = work(parts.databases.get(tenant, name), table)
    await record(parts, response, tenant, `data.${notice}`, `${table} ${key}`)
    if (wantsJsonResult(request)) response.json({ table, key })
    else
      response.redirect(
        303,
        `${tablePath(name, table, Number(field(request, 'page')) || 1)}&notice=${notice}`,
      )
  } catch (error) {
    if (!(error instanceof HostError) || wantsJsonResult(request)) throw error
    response.status(422)
    const typed = notice === 'added' ? valuesIn(request, parts.databases.get(tenant, name), table) : null
    showTable(request, response, tenant, parts, { message: `${error.message}. ${error.hint}`, typed })
  }
}

interface Refusal {
  readonly message: string
  readonly typed: ReadonlyMap<number, string> | null
}

function showTables(request: Request, response: Response, tenant: Tenant, parts: WebParts): void {
  const databases = tenant.databases.map(({ name }) => ({ name, ...tablesOf(tenant, name, parts) }))
  if (wantsJson(request)) response.json({ databases })
  else
    sendPage(
      response,
      tablesPage({ visitor: theVisitor(response), header: headerFor(request, response, parts), databases }),
    )
}

function tablesOf(
  tenant: Tenant,
  name: string,
  parts: WebParts,
): { readonly problem: string | null; readonly tables: readonly TableSummary[] } {
  try {
    return { problem: null, tables: listTables(parts.databases.get(tenant, name)) }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return { problem: `${error.message}. ${error.hint}`, tables: [] }
  }
}

function showTable(
  request: Request,
  response: Response,
  tenant: Tenant,
  parts: WebParts,
  refusal: Refusal | null,
): void {
  const visitor = theVisitor(response)
  const name = databaseName(query(request, 'database') || field(request, 'database'), tenant)
  const database = parts.databases.get(tenant, name)
  const table = query(request, 'table') || field(request, 'table')
  if (!listTables(database).some((summary) => summary.name === table)) throw new WebProblem('not-found')
  const wanted = pageNumber(request)
  const content = readTable(database, table, { offset: (wanted - 1) * perPage, limit: perPage })
  const pages = Math.max(1, Math.ceil(content.total / perPage))
  if (content.rows.length === 0 && wanted > pages) {
    response.redirect(303, tablePath(name, table, pages))
    return
  }
  if (wantsJson(request)) {
    response.json({ database: name, table: content, page: wanted, pages })
    return
  }
  const said = query(request, 'notice')
  const notices = textIn(visitor.language).data.notices
  const notice = Object.hasOwn(notices, said) ? (said as keyof typeof notices) : null
  const header = headerFor(request, response, parts)
  sendPage(
    response,
    tablePage({
      visitor,
      header,
      database: name,
      content,
      page: wanted,
      pages,
      notice,
      problem: refusal?.message ?? null,
      typed: refusal?.typed ?? null,
    }),
  )
}

/** Null when the chooser was shown instead. */
function demand(request: Request, response: Response, permission: string, parts: WebParts): Tenant | null {
  const visitor = theVisitor(response)
  if (!visitor.permissions.has(permission)) throw new WebProblem('forbidden')
  if (visitor.tenant !== null) return opened(visitor.tenant, parts)
  if (!isBrowser(request) || request.method !== 'GET') throw new WebProblem('choose-tenant')
  askForTenant(request, response, parts)
  return null
}

/** Throws while the tenant's databases are closed because a plugin asked for it. */
function opened(tenant: Tenant, { suspensions }: WebParts): Tenant {
  const reason = suspensions.reasonFor(tenant.id)
  if (reason !== null) throw new WebProblem('suspended', reason)
  return tenant
}

function databaseName(named: string, tenant: Tenant): string {
  const name = named || tenant.databases[0]?.name
  if (name === undefined || !tenant.databases.some((database) => database.name === name))
    throw new WebProblem('not-found')
  return name
}

/** A form sends `value.0`, `value.1`, ...; JSON sends `values` by column name. What is empty takes its default. */
function valuesIn(
  request: Request,
  database: ReturnType<WebParts['databases']['get']>,
  table: string,
): Map<number, string> {
  const body = request.body as Record<string, unknown>
  const { columns } = readTable(database, table, { offset: 0, limit: 0 })
  const byName = (body.values ?? {}) as Record<string, unknown>
  const given = columns.map((column, i) => body[`value.${i}`] ?? byName[column.name])
  return new Map(
    given.flatMap((value, i): [number, string][] =>
      value === undefined || value === null || value === '' ? [] : [[i, String(value)]],
    ),
  )
}

function keyIn(request: Request): string {
  const key: unknown = (request.body as Record<string, unknown>).key
  return typeof key === 'string' || typeof key === 'number' ? String(key) : ''
}

async function record(
  parts: WebParts,
  response: Response,
  tenant: Tenant,
  action: string,
  target: string,
): Promise<void> {
  const { name } = theVisitor(response).account
  await parts.audit.record({
    id: randomUUID(),
    at: isoOf(parts.clock.now()),
    scope: { tenant: tenant.id },
    actor: { id: name, name },
    action,
    target,
    outcome: 'success',
    details: {},
  })
}
