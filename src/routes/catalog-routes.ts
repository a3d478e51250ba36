import { publicBackup } from '../service/public-backup.ts'
import { renderDelete } from '../views/index.ts'
import { html, json } from './answer.ts'
import { flagOf, nameOf, readBody } from './body.ts'
import { bytesOf } from './download.ts'
import { answerDone, type Route, type RouteParts } from './route.ts'

export function catalogRoutes(parts: RouteParts): readonly Route[] {
  const { catalog, pages, tenancy } = parts
  return [
    {
      method: 'GET',
      path: '/download',
      permission: 'backup.write',
      answer: async ({ tenant, url, caller, request }) =>
        bytesOf(await catalog.open(tenant, url.searchParams.get('name') ?? '', caller.user), request),
    },
    {
      method: 'GET',
      path: '/delete',
      permission: 'backup.write',
      answer: async (exchange) => {
        const name = exchange.url.searchParams.get('name') ?? ''
        const { backup, isNewestProven } = await catalog.find(exchange.tenant, name)
        if (!exchange.wantsHtml) return json({ backup: publicBackup(backup) })
        const { tenant } = await tenancy.site(exchange.tenant)
        return html(renderDelete({ ...(await pages.frame(exchange, tenant)), backup, isNewestProven }))
      },
    },
    {
      method: 'POST',
      path: '/delete',
      permission: 'backup.write',
      answer: async (exchange) => {
        const name = nameOf(await readBody(exchange))
        await catalog.remove(exchange.tenant, name, exchange.caller.user)
        return answerDone(parts, exchange, 'deleted', () => json({ deleted: name }))
      },
    },
    {
      method: 'POST',
      path: '/protect',
      permission: 'backup.write',
      answer: async (exchange) => {
        const body = await readBody(exchange)
        const on = flagOf(body, 'protected')
        const backup = await catalog.protect(exchange.tenant, nameOf(body), on, exchange.caller.user)
        return answerDone(parts, exchange, on ? 'protected' : 'unprotected', () =>
          json({ backup: publicBackup(backup) }),
        )
      },
    },
  ]
}
