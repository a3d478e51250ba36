import { randomUUID } from 'node:crypto'
import type { Express, Request, RequestHandler, Response } from 'express'
import type { Account } from '../access/accounts.ts'
import { GuessLimit } from '../access/guess-limit.ts'
import { isoOf } from '../scheduler/tasks-port.ts'
import {
  field,
  isBrowser,
  preferredLanguage,
  query,
  sendPage,
  statusOf,
  WebProblem,
  wantsJsonResult,
} from './answers.ts'
import { localPath } from './local-path.ts'
import { signInPage } from './pages/sign-in-page.tsx'
import type { WebParts } from './parts.ts'
import { type ProblemCode, textIn } from './text/index.ts'
import { cookieName, tenantsFor, type Visitor } from './visitor.ts'

const longestName = 200
const longestPassword = 1024

export function addSignIn(app: Express, parts: WebParts, body: readonly RequestHandler[]): void {
  // Many people may sit behind one address; one name belongs to one of them.
  const byUser = new GuessLimit(parts.clock, 5)
  const byAddress = new GuessLimit(parts.clock, 20)
  app.get('/login', (request, response) => {
    const next = localPath(query(request, 'next')) ?? '/'
    sendPage(response, signInPage({ language: preferredLanguage(request), next, user: '', problem: null }))
  })
  app.post('/login', ...body, async (request, response) => {
    const user = field(request, 'user').slice(0, longestName)
    const password = field(request, 'password')
    const address = request.socket.remoteAddress ?? ''
    const wait = Math.max(byUser.waitFor(user), byAddress.waitFor(address))
    if (wait > 0) return refuse(request, response, 'too-many-attempts', wait)
    byUser.count(user)
    byAddress.count(address)
    const account =
      password.length > longestPassword ? null : await parts.accounts.authenticate(user, password)
    await recordSignIn(parts, user, address, account)
    if (account === null) return refuse(request, response, 'invalid-credentials')
    byUser.forget(user)
    byAddress.forget(address)
    signIn(request, response, account, parts)
  })
}

/** A new session under a new key: one that somebody else may have planted is worth nothing. */
function signIn(request: Request, response: Response, account: Account, parts: WebParts): void {
  const before = response.locals.visitor as Visitor | undefined
  if (before !== undefined) parts.sessions.end(before.session.hash)
  const possible = tenantsFor(account, parts.tenants)
  const tenant = possible.length === 1 ? (possible[0]?.id ?? null) : null
  const key = parts.sessions.start(account.name, tenant)
  response.cookie(cookieName, key, { httpOnly: true, sameSite: 'lax', path: '/' })
  if (wantsJsonResult(request)) response.json({ user: account.name, role: account.role, tenant })
  else response.redirect(303, localPath(field(request, 'next') || query(request, 'next')) ?? '/')
}

function refuse(request: Request, response: Response, code: ProblemCode, wait = 0): void {
  if (wait > 0) response.set('Retry-After', String(Math.ceil(wait / 1000)))
  if (!isBrowser(request)) throw new WebProblem(code)
  const language = preferredLanguage(request)
  const text = textIn(language).problem
  const next = localPath(field(request, 'next') || query(request, 'next')) ?? '/'
  const problem = { title: text.titles[code], hint: text.hints[code] }
  response.status(statusOf(code))
  sendPage(
    response,
    signInPage({ language, next, user: field(request, 'user').slice(0, longestName), problem }),
  )
}

async function recordSignIn(
  parts: WebParts,
  user: string,
  address: string,
  account: Account | null,
): Promise<void> {
  const known = parts.accounts.find(user)
  await parts.audit.record({
    id: randomUUID(),
    at: isoOf(parts.clock.now()),
    scope: known?.tenant ? { tenant: known.tenant } : { system: true },
    actor: account && { id: account.name, name: account.name },
    action: 'session.sign-in',
    target: user,
    outcome: account === null ? 'failure' : 'success',
    details: { address },
  })
}
