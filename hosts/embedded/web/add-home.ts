import type { Express } from 'express'
import { adminPath } from '../paths.ts'
import { sendPage, WebProblem, wantsJson } from './answers.ts'
import { headerFor } from './header-for.ts'
import { adminPage } from './pages/admin-page.tsx'
import { homePage } from './pages/home-page.tsx'
import type { WebParts } from './parts.ts'
import { localized } from './text/index.ts'
import { theVisitor } from './visitor.ts'

export function addHome(app: Express, parts: WebParts): void {
  app.get('/', (request, response) => {
    sendPage(response, homePage(theVisitor(response), headerFor(request, response, parts)))
  })
  app.get(adminPath, (request, response) => {
    const visitor = theVisitor(response)
    if (visitor.permissions.size === 0) throw new WebProblem('forbidden')
    const entries = parts.mounts.all.filter((mount) => visitor.permissions.has(mount.menu.permission))
    const plugins = parts.plugins.states
    if (wantsJson(request)) {
      const shown = entries.map(({ prefix, menu }) => ({
        path: prefix,
        label: localized(menu.label, visitor.language),
      }))
      response.json({ entries: shown, plugins })
    } else
      sendPage(
        response,
        adminPage({ visitor, header: headerFor(request, response, parts), entries, plugins }),
      )
  })
}
