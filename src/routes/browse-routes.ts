import { BackupError } from '../engine/errors.ts'
import { longestSearch, mostChosen, type TakenRows } from '../engine/rescuing.ts'
import { publicBackup } from '../service/public-backup.ts'
import { errorText, type NoticeModel, renderBrowse, renderBrowseTable } from '../views/index.ts'
import { html, json } from './answer.ts'
import { type Body, field, nameOf, readBody, refused } from './body.ts'
import { tableJson, tableModel, tablesModel } from './browse-model.ts'
import { disposition } from './download.ts'
import type { Exchange } from './exchange.ts'
import type { Route, RouteParts } from './route.ts'
import { statusOf } from './statuses.ts'

export function browseRoutes(parts: RouteParts): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/browse',
      permission: 'backup.write',
      answer: async (exchange) => {
        const { searchParams } = exchange.url
        const name = searchParams.get('name') ?? ''
        const table = searchParams.get('table')
        if (table === null) return tablesAnswer(parts, exchange, name)
        return tableAnswer(parts, exchange, { name, table, ...placeIn(searchParams) })
      },
    },
    {
      method: 'POST',
      path: '/browse',
      permission: 'backup.write',
      answer: async (exchange) => {
        const order = orderIn(await readBody(exchange))
        try {
          const { tenant, caller, request } = exchange
          if (order.keys?.length === 0) throw nothingChosen()
          const options = { actor: caller.user, signal: request.signal }
          return rowsAnswer(order, await parts.rescue.take(tenant, order, options))
        } catch (error) {
          if (!exchange.wantsHtml || !(error instanceof BackupError)) throw error
          return await pageAgain(parts, exchange, order, error)
        }
      },
    },
  ]
}

async function tablesAnswer(
  { rescue, pages }: RouteParts,
  exchange: Exchange,
  name: string,
): Promise<Response> {
  const found = await rescue.tables(exchange.tenant, name, exchange.request.signal)
  const { backup, tables, more, leftOut, tenant } = found
  if (!exchange.wantsHtml) return json({ backup: publicBackup(backup), tables, more, leftOut })
  return html(renderBrowse(tablesModel(found, await pages.frame(exchange, tenant))))
}

type Look = ReturnType<typeof placeIn> & { readonly name: string; readonly table: string }

async function tableAnswer(
  { rescue, pages }: RouteParts,
  exchange: Exchange,
  look: Look,
  { notice, status }: { notice: NoticeModel | null; status: number } = { notice: null, status: 200 },
): Promise<Response> {
  const found = await rescue.rows(exchange.tenant, look, exchange.request.signal)
  if (!exchange.wantsHtml) return json(tableJson(found, look.page))
  const frame = await pages.frame(exchange, found.tenant)
  return html(renderBrowseTable(tableModel(found, look, { frame, notice })), status)
}

/** The page from which rows were to be taken, with what went wrong; where even that can't be made, just that. */
async function pageAgain(
  parts: RouteParts,
  exchange: Exchange,
  { name, table, search, missingOnly }: Order,
  error: BackupError,
): Promise<Response> {
  const { message, hint } = errorText(exchange.language, error.code, error.details, error)
  const again = { notice: { kind: 'problem', message, hint }, status: statusOf[error.code] } as const
  try {
    return await tableAnswer(
      parts,
      exchange,
      { name, table, search, missingOnly, page: 1, from: null },
      again,
    )
  } catch {
    throw error
  }
}

/** Throws `invalid-request`. */
function placeIn(query: URLSearchParams) {
  const page = query.get('page') ?? '1'
  if (!/^[1-9]\d{0,8}$/.test(page)) throw refused('A page is a whole number from 1.', { field: 'page' })
  return {
    page: Number(page),
    from: query.get('from'),
    search: searchIn(query.get('search')),
    missingOnly: query.get('missing') === '1',
  }
}

function searchIn(value: unknown): string {
  const search = typeof value === 'string' ? value : ''
  if (search.length <= longestSearch) return search
  throw refused(`A search has at most ${longestSearch} characters.`, { field: 'search', max: longestSearch })
}

type Order = ReturnType<typeof orderIn>

/** A form's button says what to take and how; JSON has `format`, and `rows` unless all that match are meant. */
function orderIn(body: Body) {
  const [which, format] =
    body.kind === 'form' ? String(field(body, 'take')).split(' ') : ['', field(body, 'format')]
  if (format !== 'csv' && format !== 'json')
    throw refused('The format is "csv" or "json".', { field: 'format' })
  const table = field(body, 'table')
  const missing = field(body, 'missing')
  return {
    name: nameOf(body),
    table: typeof table === 'string' ? table : '',
    search: searchIn(field(body, 'search')),
    missingOnly: missing === true || missing === '1',
    format,
    keys: body.kind === 'form' && which !== 'chosen' ? null : keysIn(body),
  } as const
}

function keysIn(body: Body): readonly string[] | null {
  const rows = body.kind === 'form' ? body.fields.getAll('row') : field(body, 'rows')
  if (rows === undefined || rows === null) return null
  const areKeys = Array.isArray(rows) && rows.every((row) => typeof row === 'string')
  if (areKeys && rows.length <= mostChosen) return rows
  throw refused(`"rows" is a list of at most ${mostChosen} keys.`, { field: 'rows', max: mostChosen })
}

/** Whole characters, or the name could not be written into a header. */
const start = (text: string) => [...text].slice(0, 80).join('')

function rowsAnswer({ table, format }: Order, { backup, stream }: TakenRows): Response {
  const stem = backup.name.replace(/\.[^.]*$/, '')
  return new Response(stream, {
    headers: {
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-type':
        format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8',
      'content-disposition': disposition(`${start(table)}_${start(stem)}.${format}`),
      'content-security-policy': "default-src 'none'; sandbox",
    },
  })
}

function nothingChosen(): BackupError {
  return new BackupError('invalid-request', 'No row was chosen.', {
    hint: 'Tick the rows that you want.',
    details: { field: 'rows', chosen: 0 },
  })
}
