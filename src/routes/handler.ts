import { type Context, Hono } from 'hono'
import { BackupError } from '../engine/errors.ts'
import type { Caller, Handler, Host } from '../host/contract.ts'
import { languageOf } from '../views/index.ts'
import { asBackupError, problem } from './answer.ts'
import { refuseCrossSite } from './cross-site.ts'
import { UnsatisfiableRange } from './download.ts'
import { type Exchange, wantsHtml } from './exchange.ts'
import { withMeantMethod } from './method-override.ts'
import type { FormState } from './page.ts'
import type { Route } from './route.ts'
import { RefusedForm } from './settings-routes.ts'

type Env = { Bindings: { readonly caller: Caller } }

/** What the handler shows where a route fails. */
export interface HandlerParts {
  /** The prefix, without a trailing slash. */
  readonly base: string
  readonly pages: {
    failure(exchange: Exchange, error: BackupError, form?: FormState): Promise<Response>
    problem(exchange: Exchange, error: BackupError): Promise<Response>
  }
}

/** One handler for all routes: cross-site check, permission, answer, and every error as a problem or a page. */
export function routeHandler(
  host: Host,
  parts: HandlerParts,
  table: readonly Route[],
  toSee: Route['permission'] = 'backup.read',
): Handler {
  const app = new Hono<Env>().basePath(parts.base)
  for (const route of table) {
    const paths = route.path === '/' ? ['', '/'] : [route.path]
    for (const path of paths) app.on(route.method, path, (context) => answer(context, route))
  }
  for (const path of new Set(table.map((route) => route.path)))
    app.all(path, (context) => refusal(context, methodNotAllowed(allowed(table, path)), allowed(table, path)))
  app.notFound((context) => refusal(context, nothingHere()))
  return async (request, caller) => app.fetch(withMeantMethod(request), { caller })

  async function answer(context: Context<Env>, route: Route): Promise<Response> {
    try {
      admit(context, route.permission, route.ownSiteOnly)
      return await route.answer(exchangeOf(context))
    } catch (error) {
      return failure(context, error)
    }
  }

  /** Also an address that there isn't is nobody's business who may not read. */
  async function refusal(context: Context<Env>, error: BackupError, allow?: string): Promise<Response> {
    try {
      admit(context, toSee)
      return await failure(context, error, allow)
    } catch (refused) {
      return failure(context, refused)
    }
  }

  function admit({ req, env }: Context<Env>, permission: Route['permission'], ownSiteOnly = false): void {
    const reads = req.method === 'GET' || req.method === 'HEAD'
    if (!reads || ownSiteOnly) refuseCrossSite(req.raw, host.publicOrigin)
    if (!env.caller.permissions.has(permission)) throw forbidden(permission)
  }

  async function failure(context: Context<Env>, thrown: unknown, allow?: string): Promise<Response> {
    const refusedForm = thrown instanceof RefusedForm ? thrown : null
    const error = asBackupError(refusedForm?.cause ?? thrown)
    if (error.code === 'internal')
      host.logger.error('A backup page met a defect', { reason: reasonOf(error) })
    const exchange = exchangeOf(context)
    const response = exchange.wantsHtml
      ? await page(exchange, error, refusedForm)
      : problem(error, exchange.language)
    if (allow) response.headers.set('allow', allow)
    if (error instanceof UnsatisfiableRange)
      response.headers.set('content-range', `bytes */${error.sizeBytes}`)
    return response
  }

  /** A form's failure is the page again; anything else that went wrong is a page that says just that. */
  async function page(exchange: Exchange, error: BackupError, form: RefusedForm | null): Promise<Response> {
    const { pages } = parts
    const turnedAway = error.code === 'cross-site' || error.code === 'forbidden'
    const mayRead = exchange.caller.permissions.has(toSee)
    const again = exchange.request.method === 'POST' && mayRead && !turnedAway
    return again
      ? pages.failure(exchange, error, form ? { values: form.values } : undefined)
      : pages.problem(exchange, error)
  }
}

function exchangeOf(context: Context<Env>): Exchange {
  const { caller } = context.env
  const request = context.req.raw
  return {
    request,
    caller,
    url: new URL(request.url),
    tenant: caller.tenant ?? '',
    language: languageOf(caller.language),
    wantsHtml: wantsHtml(request),
    params: context.req.param() as Record<string, string>,
  }
}

function allowed(table: readonly Route[], path: string): string {
  return table
    .filter((route) => route.path === path)
    .map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method))
    .join(', ')
}

function methodNotAllowed(allow: string): BackupError {
  return new BackupError('method-not-allowed', `This address answers ${allow} only.`, {
    hint: 'Nothing was changed.',
    details: { allow },
  })
}

function nothingHere(): BackupError {
  return new BackupError('not-found', 'There is no such page.', { hint: 'Start from the backup page.' })
}

function forbidden(permission: string): BackupError {
  return new BackupError('forbidden', `This needs the permission "${permission}".`, {
    hint: 'Ask an administrator of your organisation.',
    details: { permission },
  })
}

function reasonOf(error: BackupError): string {
  return error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause)
}
