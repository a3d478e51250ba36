import type { ServerResponse } from 'node:http'
import type { AdminRequest } from '../red.ts'
import { isBrowser } from './node-request.ts'
import { type Frame, problemPage } from './own-pages.tsx'
import { type ProblemCode, textIn } from './text.ts'

const statuses = {
  unauthorized: 401,
  forbidden: 403,
  'cross-site': 403,
  'choose-tenant': 409,
  'no-tenant': 409,
  'invalid-request': 400,
  'not-found': 404,
  internal: 500,
} as const satisfies Record<ProblemCode, number>

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ')

const common = {
  'Cache-Control': 'private, no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { ...common, 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(value))
}

export function sendPage(response: ServerResponse, page: string, status = 200): void {
  response.writeHead(status, {
    ...common,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
  })
  response.end(page)
}

export function sendStylesheet(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'Content-Type': 'text/css; charset=utf-8',
    'Cache-Control': 'private, max-age=300',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(text)
}

export function seeOther(response: ServerResponse, location: string): void {
  response.writeHead(303, { ...common, Location: location })
  response.end()
}

/** A problem as RFC 9457, or as a page for a browser. */
export function sendProblem(
  request: AdminRequest,
  response: ServerResponse,
  code: ProblemCode,
  frame: Frame,
): void {
  const status = statuses[code]
  if (isBrowser(request)) sendPage(response, problemPage(frame, code), status)
  else sendProblemJson(response, code, frame)
}

function sendProblemJson(response: ServerResponse, code: ProblemCode, { language }: Frame): void {
  const status = statuses[code]
  const [title, hint] = textIn(language).problems[code]
  response.writeHead(status, { ...common, 'Content-Type': 'application/problem+json; charset=utf-8' })
  const type = `urn:automate-plugin-backup:problem:${code}`
  response.end(JSON.stringify({ type, title, status, detail: title, code, hint }))
}
