import { noteFrom } from '../service/note.ts'
import { json, runJson } from './answer.ts'
import { field, nameOf, readBody } from './body.ts'
import { runEvents } from './events.ts'
import type { Exchange } from './exchange.ts'
import { answerDone, type Route, type RouteParts } from './route.ts'

export function runRoutes(parts: RouteParts): readonly Route[] {
  const { overviews, runs, board, pages } = parts
  return [
    {
      method: 'POST',
      path: '/create',
      permission: 'backup.write',
      answer: async (exchange) => {
        const note = noteFrom(field(await readBody(exchange), 'note'))
        const order = { trigger: 'manual', actor: exchange.caller.user, note } as const
        const { run } = await runs.create(exchange.tenant, order)
        return answerDone(parts, exchange, 'started', () =>
          json({ run: runJson(run, exchange.language) }, 202),
        )
      },
    },
    {
      method: 'POST',
      path: '/verify',
      permission: 'backup.write',
      answer: async (exchange) => {
        const name = nameOf(await readBody(exchange))
        const { run } = await runs.verify(exchange.tenant, name, exchange.caller.user)
        return answerDone(parts, exchange, 'verifying', () =>
          json({ run: runJson(run, exchange.language) }, 202),
        )
      },
    },
    {
      method: 'GET',
      path: '/runs/:id',
      permission: 'backup.read',
      answer: async (exchange) => {
        const run = await overviews.run(exchange.tenant, exchange.params.id ?? '')
        // The overview shows the run in progress, and the recent ones.
        return exchange.wantsHtml ? pages.overview(exchange) : json({ run: runJson(run, exchange.language) })
      },
    },
    {
      method: 'GET',
      path: '/runs/:id/events',
      permission: 'backup.read',
      answer: async (exchange) => {
        const { id } = await overviews.run(exchange.tenant, exchange.params.id ?? '')
        const active = board.active(exchange.tenant)
        return active?.run.id === id
          ? runEvents(active, exchange, 'backup.read')
          : new Response(null, { status: 204 })
      },
    },
    {
      method: 'POST',
      path: '/runs/:id/cancel',
      permission: 'backup.write',
      answer: async (exchange) => {
        const { tenant, params, caller, language } = exchange
        const { id = '' } = params
        await readBody(exchange)
        if (board.active(tenant)?.run.id !== id) return cancelWaiting(parts, exchange, id)
        const { run } = runs.cancel(tenant, id, caller.user)
        return answerDone(parts, exchange, 'cancelling', () => json({ run: runJson(run, language) }, 202))
      },
    },
  ]
}

/** A restore that waits for the next start is no run in flight. */
async function cancelWaiting(parts: RouteParts, exchange: Exchange, id: string): Promise<Response> {
  const { tenant, caller, language } = exchange
  await parts.restores.cancelWaiting(tenant, id, caller.user)
  const run = await parts.overviews.run(tenant, id)
  return answerDone(parts, exchange, 'unplanned', () => json({ run: runJson(run, language) }, 202))
}
