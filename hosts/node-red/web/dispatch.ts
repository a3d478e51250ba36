import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Caller, Handler, Mount } from 'automate-plugin-backup/host'
import type { AdminHandler, AdminRequest } from '../red.ts'
import { seeOther, sendPage, sendProblem } from './answers.ts'
import { covers, ownPath } from './mounts.ts'
import { isBrowser, parsedBody } from './node-request.ts'
import { choosePage } from './own-pages.tsx'
import { OwnRoutes } from './own-routes.ts'
import { languageOf, type Visitor } from './visitors.ts'
import type { WebParts } from './web-parts.ts'

interface Call {
  readonly handler: Handler
  readonly caller: Caller
}

/** Answers the plugin's pages and the adapter's own addresses below the admin root; everything else goes on. */
export function dispatch(parts: WebParts): AdminHandler {
  const own = new OwnRoutes(parts)
  const calls = new WeakMap<IncomingMessage, Call>()
  const listen = getRequestListener(
    async (request, { incoming }) => {
      const call = calls.get(incoming as IncomingMessage)
      if (call === undefined) throw new Error('A request came without a caller')
      return await call.handler(request, call.caller)
    },
    { overrideGlobalObjects: false, errorHandler: (error) => failure(parts, error) },
  )
  const serve = async (request: AdminRequest, response: ServerResponse, mount: Mount): Promise<void> => {
    const caller = await admit(parts, request, response, mount)
    if (caller === null) return
    const rawBody = parsedBody(request)
    // What Express cut off for its own routing belongs to the address that the browser asked for.
    Object.assign(request, { url: parts.base + request.url }, rawBody && { rawBody })
    calls.set(request, { handler: mount.handler, caller })
    await listen(request, response)
  }
  return (request, response, next) => {
    const mount = parts.mounts.find(request.path)
    const isOwn = covers(ownPath, request.path)
    if (mount === null && !isOwn) return next()
    const answered = mount === null ? own.answer(request, response) : serve(request, response, mount)
    return answered.catch((error: unknown) => {
      complain(parts, error)
      if (response.headersSent) response.destroy()
      else sendProblem(request, response, 'internal', frameOf(parts, request, null))
    })
  }
}

/** The caller, or null once the request has been answered instead. */
async function admit(
  parts: WebParts,
  request: AdminRequest,
  response: ServerResponse,
  mount: Mount,
): Promise<Caller | null> {
  const visitor = await parts.visitors.of(request)
  if (visitor === null) {
    askToSignIn(parts, request, response)
    return null
  }
  const caller = parts.visitors.callerOf(request, visitor, mount.per)
  if (mount.per === 'system' || caller.tenant !== null) return caller
  askForTenant(parts, request, response, visitor)
  return null
}

/** The editor signs people in, and brings them back here. */
function askToSignIn(parts: WebParts, request: AdminRequest, response: ServerResponse): void {
  const { base, red } = parts
  const page = request.method === 'GET' || request.method === 'HEAD' ? request.url : request.path
  if (isBrowser(request) && red.settings.disableEditor !== true)
    seeOther(response, `${base}/?backup=${encodeURIComponent(page)}`)
  else sendProblem(request, response, 'unauthorized', frameOf(parts, request, null))
}

function askForTenant(
  parts: WebParts,
  request: AdminRequest,
  response: ServerResponse,
  visitor: Visitor,
): void {
  const frame = frameOf(parts, request, visitor)
  const tenants = parts.tenants.all()
  const offers = visitor.permissions.size > 0 && tenants.length > 0
  if (offers && isBrowser(request) && request.method === 'GET')
    sendPage(response, choosePage(frame, tenants, request.url), 409)
  else if (offers) sendProblem(request, response, 'choose-tenant', frame)
  else sendProblem(request, response, visitor.permissions.size === 0 ? 'forbidden' : 'no-tenant', frame)
}

function frameOf({ base }: WebParts, request: AdminRequest, visitor: Visitor | null) {
  return { base, language: languageOf(request, visitor?.session ?? null) }
}

function failure(parts: WebParts, error: unknown): Response {
  complain(parts, error)
  const title = 'Something went wrong here'
  const hint = 'Try again. The log of Node-RED says more.'
  const body = { type: 'about:blank', title, status: 500, detail: title, code: 'internal', hint }
  return new Response(JSON.stringify(body), {
    status: 500,
    headers: { 'Content-Type': 'application/problem+json' },
  })
}

function complain({ logger }: WebParts, error: unknown): void {
  logger.error('A page failed', {
    reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
  })
}
