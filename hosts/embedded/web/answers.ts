import type { Request, Response } from 'express'
import { problemPage } from './pages/problem-page.tsx'
import { languageOf, type ProblemCode, textIn } from './text/index.ts'
import type { Visitor } from './visitor.ts'

const statuses = {
  unauthorized: 401,
  forbidden: 403,
  'cross-site': 403,
  'choose-tenant': 409,
  'not-found': 404,
  'method-not-allowed': 405,
  'invalid-credentials': 401,
  'too-many-attempts': 429,
  'invalid-request': 400,
  refused: 422,
  unavailable: 503,
  suspended: 503,
  internal: 500,
} as const satisfies Record<ProblemCode, number>

const retryAfterSeconds = 5

/** What a handler throws to be answered as a problem. `detail` is shown to people. */
export class WebProblem extends Error {
  readonly code: ProblemCode
  readonly detail: string | null

  constructor(code: ProblemCode, detail: string | null = null) {
    super(detail ?? code)
    this.code = code
    this.detail = detail
  }
}

export function statusOf(code: ProblemCode): number {
  return statuses[code]
}

/** A browser, as opposed to a program: it says that it takes HTML. */
export function isBrowser(request: Request): boolean {
  return /\btext\/html\b/i.test(request.headers.accept ?? '')
}

/** Whether a page is wanted as JSON. */
export function wantsJson(request: Request): boolean {
  return request.accepts(['html', 'json']) === 'json'
}

/** Whether the answer to a POST is JSON; otherwise it is a redirect. */
export function wantsJsonResult(request: Request): boolean {
  return wantsJson(request) || (!isBrowser(request) && Boolean(request.is('json')))
}

export function sendProblem(request: Request, response: Response, problem: WebProblem): void {
  const visitor = response.locals.visitor as Visitor | undefined
  const language = visitor?.language ?? preferredLanguage(request)
  const text = textIn(language)
  const title = text.problem.titles[problem.code]
  const hint = text.problem.hints[problem.code]
  const status = statuses[problem.code]
  response.status(status)
  if (status === 503) response.set('Retry-After', String(retryAfterSeconds))
  if (isBrowser(request)) {
    sendPage(
      response,
      problemPage({ language, visitor: visitor ?? null, title, detail: problem.detail, hint }),
    )
    return
  }
  const body = {
    type: 'about:blank',
    title,
    status,
    detail: problem.detail ?? title,
    code: problem.code,
    hint,
  }
  response.type('application/problem+json').send(JSON.stringify(body))
}

export function sendPage(response: Response, page: string): void {
  response.type('html').send(page)
}

/** The language of somebody who isn't signed in. */
export function preferredLanguage(request: Request): 'en' | 'de' {
  return languageOf(request.acceptsLanguages(['en', 'de']) || 'en')
}

/** A field of a form or of JSON as text; empty when it is absent. */
export function field(request: Request, name: string): string {
  const value: unknown = (request.body as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : ''
}

export function query(request: Request, name: string): string {
  const value = request.query[name]
  return typeof value === 'string' ? value : ''
}

/** A page number from outside: 1 for whatever is none. */
export function pageNumber(request: Request): number {
  const page = Number(query(request, 'page'))
  return Number.isSafeInteger(page) && page >= 1 && page < 1e9 ? page : 1
}
