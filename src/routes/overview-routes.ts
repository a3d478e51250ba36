import { json } from './answer.ts'
import { overviewJson } from './overview-json.ts'
import type { Route, RouteParts } from './route.ts'

export function overviewRoutes({ overviews, pages, clock, scheduler }: RouteParts): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      permission: 'backup.read',
      answer: async (exchange) => {
        if (exchange.wantsHtml) return pages.overview(exchange)
        const overview = await overviews.overview(exchange.tenant)
        return json(overviewJson(overview, { now: clock.now(), language: exchange.language, scheduler }))
      },
    },
  ]
}
