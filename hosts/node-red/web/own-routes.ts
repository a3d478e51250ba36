import type { ServerResponse } from 'node:http'
import type { AdminRequest } from '../red.ts'
import { seeOther, sendJson, sendPage, sendProblem, sendStylesheet } from './answers.ts'
import { bearerOf } from './identity.ts'
import { ownPath } from './mounts.ts'
import { formField } from './node-request.ts'
import { choosePage, type Frame } from './own-pages.tsx'
import { isSameSite } from './same-site.ts'
import { stylesheet } from './stylesheet.ts'
import { languageOf, type Visitor } from './visitors.ts'
import type { WebParts } from './web-parts.ts'

type Answer = (request: AdminRequest, response: ServerResponse, frame: Frame) => Promise<void> | void

/** What the editor and the chooser of tenants call. */
export class OwnRoutes {
  readonly #parts: WebParts
  readonly #table: Readonly<Record<string, Answer>>

  constructor(parts: WebParts) {
    this.#parts = parts
    this.#table = {
      'GET /page.css': (_request, response) => sendStylesheet(response, stylesheet),
      'GET /pages': (...exchange) => this.#pages(...exchange),
      'POST /ticket': (...exchange) => this.#ticket(...exchange),
      'POST /session': (...exchange) => this.#session(...exchange),
      'POST /renew': (...exchange) => this.#renew(...exchange),
      'GET /tenant': (...exchange) => this.#choose(...exchange),
      'POST /tenant': (...exchange) => this.#chosen(...exchange),
    }
  }

  async answer(request: AdminRequest, response: ServerResponse): Promise<void> {
    const { base, publicOrigin } = this.#parts
    const frame = { base, language: languageOf(request, null) }
    const key = `${request.method} ${request.path.slice(ownPath.length)}`
    const answer = Object.hasOwn(this.#table, key) ? this.#table[key] : undefined
    if (answer === undefined) return sendProblem(request, response, 'not-found', frame)
    if (request.method === 'POST' && !isSameSite(request, publicOrigin))
      return sendProblem(request, response, 'cross-site', frame)
    await answer(request, response, frame)
  }

  /** The pages that the editor offers in its menu, to whom it shows them. */
  async #pages(request: AdminRequest, response: ServerResponse, frame: Frame): Promise<void> {
    const visitor = await this.#parts.visitors.byHeader(request)
    if (visitor === null) return sendProblem(request, response, 'unauthorized', frame)
    const offered = this.#parts.mounts.all.filter(({ menu }) => visitor.permissions.has(menu.permission))
    sendJson(response, { pages: offered.map(({ prefix, menu }) => ({ path: prefix, label: menu.label })) })
  }

  /** The editor's token for a ticket that opens one session of the page. */
  async #ticket(request: AdminRequest, response: ServerResponse, frame: Frame): Promise<void> {
    if ((await this.#parts.visitors.byHeader(request)) === null)
      return sendProblem(request, response, 'unauthorized', frame)
    const language = formField(request, 'language').slice(0, 35) || null
    sendJson(response, { ticket: this.#parts.sessions.issue({ token: bearerOf(request), language }) })
  }

  /** A ticket, sent by a form, for a session and the page. */
  #session(request: AdminRequest, response: ServerResponse, frame: Frame): void {
    const session = this.#parts.sessions.redeem(formField(request, 'ticket'))
    if (session === null) sendProblem(request, response, 'unauthorized', frame)
    else {
      this.#setCookie(request, response, session.id)
      this.#goOn(request, response)
    }
  }

  /** Keeps the sessions of a token alive, and ends them once Node-RED doesn't know it any more. */
  async #renew(request: AdminRequest, response: ServerResponse, frame: Frame): Promise<void> {
    const token = bearerOf(request)
    if ((await this.#parts.visitors.byHeader(request)) !== null)
      return sendJson(response, { sessions: this.#parts.sessions.renew(token) })
    if (token !== null) this.#parts.sessions.endAll(token)
    sendProblem(request, response, 'unauthorized', frame)
  }

  async #choose(request: AdminRequest, response: ServerResponse, frame: Frame): Promise<void> {
    const visitor = await this.#admitted(request, response, frame)
    if (visitor === null) return
    const language = languageOf(request, visitor.session)
    const next = new URL(request.url, 'http://localhost').searchParams.get('next') ?? ''
    sendPage(response, choosePage({ ...frame, language }, this.#parts.tenants.all(), next))
  }

  async #chosen(request: AdminRequest, response: ServerResponse, frame: Frame): Promise<void> {
    const visitor = await this.#admitted(request, response, frame)
    if (visitor === null) return
    const tenant = this.#parts.tenants.find(formField(request, 'tenant'))
    if (tenant === null) return sendProblem(request, response, 'invalid-request', frame)
    const session = visitor.session ?? this.#parts.sessions.open({ token: bearerOf(request), language: null })
    session.tenant = tenant.id
    if (visitor.session === null) this.#setCookie(request, response, session.id)
    this.#goOn(request, response)
  }

  async #admitted(request: AdminRequest, response: ServerResponse, frame: Frame): Promise<Visitor | null> {
    const visitor = await this.#parts.visitors.of(request)
    if (visitor !== null && visitor.permissions.size > 0) return visitor
    sendProblem(request, response, visitor === null ? 'unauthorized' : 'forbidden', frame)
    return null
  }

  #setCookie(request: AdminRequest, response: ServerResponse, id: string): void {
    const paths = [ownPath, ...this.#parts.mounts.outermost]
    this.#parts.cookie.set(request, response, id, paths)
  }

  /** To the page that the form names, if it is one of ours. */
  #goOn(request: AdminRequest, response: ServerResponse): void {
    const { base, mounts } = this.#parts
    const next = formField(request, 'next')
    const isPath = next.startsWith('/') && URL.canParse(next, 'http://localhost')
    const { pathname, search } = new URL(isPath ? next : '/', 'http://localhost')
    const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname
    const page = mounts.find(path) === null ? (mounts.all[0]?.prefix ?? '/') : path + search
    seeOther(response, base + page)
  }
}
