import type { Express, Request, Response } from 'express'
import { field, query, sendPage, WebProblem, wantsJson, wantsJsonResult } from './answers.ts'
import { headerFor } from './header-for.ts'
import { localPath } from './local-path.ts'
import { tenantsPage } from './pages/tenants-page.tsx'
import type { WebParts } from './parts.ts'
import { cookieName, tenantsFor, theVisitor } from './visitor.ts'

export function addSession(app: Express, parts: WebParts): void {
  app.get('/session/tenant', (request, response) => {
    const visitor = theVisitor(response)
    const tenants = tenantsFor(visitor.account, parts.tenants)
    if (wantsJson(request)) {
      const list = tenants.map(({ id, displayName }) => ({ id, displayName }))
      response.json({ tenant: visitor.tenant?.id ?? null, tenants: list })
    } else askForTenant(request, response, parts, localPath(query(request, 'next')) ?? '/')
  })
  app.post('/session/tenant', (request, response) => {
    const visitor = theVisitor(response)
    const wanted = field(request, 'tenant')
    const possible = tenantsFor(visitor.account, parts.tenants)
    if (possible.length === 0 && visitor.account.role !== 'operator') throw new WebProblem('forbidden')
    const tenant = possible.find((candidate) => candidate.id === wanted)
    if (tenant === undefined)
      throw new WebProblem(visitor.account.role === 'operator' ? 'not-found' : 'forbidden')
    parts.sessions.chooseTenant(visitor.session.hash, tenant.id)
    if (wantsJsonResult(request)) response.json({ tenant: tenant.id })
    else response.redirect(303, localPath(field(request, 'next')) ?? '/')
  })
  app.post('/session/language', (request, response) => {
    const language = field(request, 'language')
    if (language !== 'en' && language !== 'de') throw new WebProblem('invalid-request', 'language: en or de')
    parts.sessions.chooseLanguage(theVisitor(response).session.hash, language)
    if (wantsJsonResult(request)) response.json({ language })
    else response.redirect(303, localPath(field(request, 'next')) ?? '/')
  })
  app.post('/logout', (request, response) => {
    parts.sessions.end(theVisitor(response).session.hash)
    response.clearCookie(cookieName, { httpOnly: true, sameSite: 'lax', path: '/' })
    if (wantsJsonResult(request)) response.json({ signedOut: true })
    else response.redirect(303, '/login')
  })
}

/** The chooser; afterwards the caller comes back to where they wanted to go. */
export function askForTenant(
  request: Request,
  response: Response,
  parts: WebParts,
  next = request.originalUrl,
): void {
  const visitor = theVisitor(response)
  const tenants = tenantsFor(visitor.account, parts.tenants)
  sendPage(response, tenantsPage({ visitor, header: headerFor(request, response, parts), tenants, next }))
}
