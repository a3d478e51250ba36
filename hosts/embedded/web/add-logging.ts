import type { Express } from 'express'
import { loggingPath } from '../paths.ts'
import type { AuditFilter } from '../store/audit-log.ts'
import { pageNumber, query, sendPage, WebProblem, wantsJson } from './answers.ts'
import { headerFor } from './header-for.ts'
import { loggingPage } from './pages/logging-page.tsx'
import type { WebParts } from './parts.ts'
import { theVisitor } from './visitor.ts'

/** A page that a person scrolls through, and one that a program reads. */
const perPage = { html: 25, json: 200 }

export function addLogging(app: Express, parts: WebParts): void {
  app.get(loggingPath, (request, response) => {
    const visitor = theVisitor(response)
    if (!visitor.permissions.has('logging.read')) throw new WebProblem('forbidden')
    const choosesTenant = visitor.permissions.has('logging.operate')
    const tenant = choosesTenant ? query(request, 'tenant') || null : (visitor.tenant?.id ?? '')
    const filter: AuditFilter = {
      tenant,
      text: query(request, 'text').slice(0, 200),
      action: query(request, 'action'),
      outcome: query(request, 'outcome'),
    }
    const total = parts.audit.count(filter)
    const limit = wantsJson(request) ? perPage.json : perPage.html
    const pages = Math.max(1, Math.ceil(total / limit))
    const page = Math.min(pageNumber(request), pages)
    const entries = parts.audit.find(filter, { offset: (page - 1) * limit, limit })
    if (wantsJson(request)) {
      response.json({ entries, total, page, pages })
      return
    }
    const tenants = choosesTenant ? parts.tenants.all() : visitor.tenant ? [visitor.tenant] : []
    const actions = parts.audit.actions(choosesTenant ? null : tenant)
    const header = headerFor(request, response, parts)
    const model = { visitor, header, entries, total, page, pages, filter, actions, tenants, choosesTenant }
    sendPage(response, loggingPage(model))
  })
}
