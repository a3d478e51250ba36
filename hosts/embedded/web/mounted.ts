import type { IncomingMessage } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Caller, Handler, Mount } from 'automate-plugin-backup/host'
import type { Request, RequestHandler, Response } from 'express'
import { messageOf } from '../host-error.ts'
import { askForTenant } from './add-session.ts'
import { isBrowser, WebProblem } from './answers.ts'
import type { WebParts } from './parts.ts'
import { callerOf, tenantsFor, theVisitor } from './visitor.ts'

interface Call {
  readonly handler: Handler
  readonly caller: Caller
}

/** Hands requests below a plugin's prefix over, body unread, and streams the answer back. */
export function mounted(parts: WebParts): RequestHandler {
  const calls = new WeakMap<IncomingMessage, Call>()
  const listen = getRequestListener(
    async (request, { incoming }) => {
      const call = calls.get(incoming as IncomingMessage)
      if (call === undefined) throw new Error('A request came without a caller')
      return await call.handler(request, call.caller)
    },
    {
      overrideGlobalObjects: false,
      errorHandler: (error) => {
        parts.logger.error(`A page of a plugin failed: ${messageOf(error)}`)
        return failure()
      },
    },
  )
  return async (request, response, next) => {
    const mount = parts.mounts.find(request.path)
    if (mount === null) return next()
    if (!mayEnter(mount, request, response, parts)) return
    const caller = callerOf(theVisitor(response), request.socket.remoteAddress ?? '', parts, mount.per)
    calls.set(request, { handler: mount.handler, caller })
    await listen(request, response)
  }
}

/** Answers itself, or throws, when the caller must choose a tenant first or can act for none. */
function mayEnter(mount: Mount, request: Request, response: Response, parts: WebParts): boolean {
  const visitor = theVisitor(response)
  if (mount.per === 'system' || visitor.tenant !== null) return true
  if (visitor.account.role !== 'operator' && tenantsFor(visitor.account, parts.tenants).length === 0)
    throw new WebProblem('forbidden')
  if (!isBrowser(request) || request.method !== 'GET') throw new WebProblem('choose-tenant')
  askForTenant(request, response, parts)
  return false
}

function failure(): globalThis.Response {
  const title = 'Something went wrong here'
  const hint = 'Try again. The log of the host says more.'
  const body = { type: 'about:blank', title, status: 500, detail: title, code: 'internal', hint }
  return new globalThis.Response(JSON.stringify(body), {
    status: 500,
    headers: { 'Content-Type': 'application/problem+json' },
  })
}
