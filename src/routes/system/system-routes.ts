import { noteFrom } from '../../service/note.ts'
import { publicBackup } from '../../service/public-backup.ts'
import { contentFrom } from '../../service/system/content-from.ts'
import { renderDelete } from '../../views/index.ts'
import { html, json, runJson } from '../answer.ts'
import { field, flagOf, nameOf, readBody } from '../body.ts'
import { bytesOf } from '../download.ts'
import { runEvents } from '../events.ts'
import type { Exchange } from '../exchange.ts'
import type { Route } from '../route.ts'
import { answerDone } from './answer-done.ts'
import { chosenProfile } from './chosen-profile.ts'
import { findRun } from './find-run.ts'
import type { SystemParts } from './parts.ts'
import { systemJson } from './system-json.ts'

/** Every route of the system page needs the same: only operators see any of it. */
export const operate = (method: Route['method'], path: string, answer: Route['answer']): Route => ({
  method,
  path,
  permission: 'backup.operate',
  answer,
})

/** Runs: overview, begin, prove, follow, cancel. */
export function systemRunRoutes(parts: SystemParts): readonly Route[] {
  const { overviews, runs, board, pages, profiles } = parts
  const began = (
    exchange: Exchange,
    profile: string,
    done: 'started' | 'verifying',
    run: Parameters<typeof runJson>[0],
  ) =>
    answerDone(parts, exchange, { done, profile }, () => json({ run: runJson(run, exchange.language) }, 202))
  return [
    operate('GET', '/', async (exchange) => {
      if (exchange.wantsHtml) return pages.overview(exchange)
      return json(systemJson(await overviews.overview(), { host: parts.host, language: exchange.language }))
    }),
    operate('POST', '/create', async (exchange) => {
      const body = await readBody(exchange)
      const profile = await chosenProfile(profiles, exchange, body)
      const order = {
        trigger: 'manual',
        actor: exchange.caller.user,
        note: noteFrom(field(body, 'note')),
        content: contentFrom(field(body, 'content')),
      } as const
      const { run } = await runs.create(profile, order)
      return began(exchange, profile, 'started', run)
    }),
    operate('POST', '/verify', async (exchange) => {
      const body = await readBody(exchange)
      const profile = await chosenProfile(profiles, exchange, body)
      const { run } = await runs.verify(profile, nameOf(body), exchange.caller.user)
      return began(exchange, profile, 'verifying', run)
    }),
    operate('GET', '/runs/:id', async (exchange) => {
      const { profile, run } = await findRun(parts, exchange.params.id ?? '')
      return exchange.wantsHtml
        ? pages.overview(exchange, { profile })
        : json({ run: runJson(run, exchange.language) })
    }),
    operate('GET', '/runs/:id/events', async (exchange) => {
      const { profile, run } = await findRun(parts, exchange.params.id ?? '')
      const active = board.active(profile)
      return active?.run.id === run.id
        ? runEvents(active, exchange, 'backup.operate')
        : new Response(null, { status: 204 })
    }),
    operate('POST', '/runs/:id/cancel', async (exchange) => {
      const { id = '' } = exchange.params
      await readBody(exchange)
      const { profile } = await findRun(parts, id)
      const { run } = runs.cancel(profile, id, exchange.caller.user)
      return answerDone(parts, exchange, { done: 'cancelling', profile }, () =>
        json({ run: runJson(run, exchange.language) }, 202),
      )
    }),
  ]
}

/** What can be done with an archive that is there. */
export function systemCatalogRoutes(parts: SystemParts): readonly Route[] {
  const { catalog, pages, profiles } = parts
  const named = ({ url }: Exchange) => url.searchParams.get('name') ?? ''
  return [
    operate('GET', '/download', async (exchange) => {
      const profile = await chosenProfile(profiles, exchange)
      return bytesOf(await catalog.open(profile, named(exchange), exchange.caller.user), exchange.request)
    }),
    operate('GET', '/delete', async (exchange) => {
      const profile = await chosenProfile(profiles, exchange)
      const { backup, isNewestProven } = await catalog.find(profile, named(exchange))
      if (!exchange.wantsHtml) return json({ backup: publicBackup(backup) })
      return html(renderDelete({ ...(await pages.frame(exchange, profile)), backup, isNewestProven }))
    }),
    operate('POST', '/delete', async (exchange) => {
      const body = await readBody(exchange)
      const profile = await chosenProfile(profiles, exchange, body)
      const name = nameOf(body)
      await catalog.remove(profile, name, exchange.caller.user)
      return answerDone(parts, exchange, { done: 'deleted', profile }, () => json({ deleted: name }))
    }),
    operate('POST', '/protect', async (exchange) => {
      const body = await readBody(exchange)
      const profile = await chosenProfile(profiles, exchange, body)
      const on = flagOf(body, 'protected')
      const backup = await catalog.protect(profile, nameOf(body), on, exchange.caller.user)
      return answerDone(parts, exchange, { done: on ? 'protected' : 'unprotected', profile }, () =>
        json({ backup: publicBackup(backup) }),
      )
    }),
  ]
}
