import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { HostError, messageOf } from '../host-error.ts'
import { addAutomate } from './add-automate.ts'
import { addData } from './add-data.ts'
import { addHome } from './add-home.ts'
import { addLogging } from './add-logging.ts'
import { addSession } from './add-session.ts'
import { addSignIn } from './add-sign-in.ts'
import { isBrowser, sendProblem, WebProblem } from './answers.ts'
import { changesNothing, isOwnRequest } from './cross-site.ts'
import { mounted } from './mounted.ts'
import type { WebParts } from './parts.ts'
import { script } from './script.ts'
import { icon, stylesheet } from './stylesheet.ts'
import { findVisitor, setVisitor } from './visitor.ts'

const securityHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
} as const

/** The order matters: where a request comes from is looked at before who sends it, and that before what it asks for. */
export function buildApp(parts: WebParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(hardened)
  app.use(ownRequestsOnly(parts))
  addAssets(app)
  app.use(recognize(parts))
  const body = [express.urlencoded({ extended: false, limit: '64kb' }), express.json({ limit: '64kb' })]
  addSignIn(app, parts, body)
  app.use(signedInOnly)
  app.use(mounted(parts))
  app.use(...body)
  addSession(app, parts)
  addHome(app, parts)
  addAutomate(app, parts)
  addLogging(app, parts)
  addData(app, parts)
  app.use((_request, _response, next) => next(new WebProblem('not-found')))
  app.use(problems(parts))
  return app
}

const hardened: RequestHandler = (_request, response, next) => {
  response.set(securityHeaders)
  next()
}

function ownRequestsOnly(parts: WebParts): RequestHandler {
  return (request, _response, next) => {
    const own = changesNothing(request.method) || isOwnRequest(request.headers, parts.publicOrigin)
    next(own ? undefined : new WebProblem('cross-site'))
  }
}

function addAssets(app: Express): void {
  app.get('/host.css', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=60').type('css').send(stylesheet)
  })
  app.get('/host.js', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=60').type('js').send(script)
  })
  app.get('/host-icon.svg', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=3600').type('svg').send(icon)
  })
}

function recognize(parts: WebParts): RequestHandler {
  return (request, response, next) => {
    const visitor = findVisitor(request, parts)
    if (visitor !== null) setVisitor(response, visitor)
    response.set('Cache-Control', 'no-store')
    next()
  }
}

const signedInOnly: RequestHandler = (request, response, next) => {
  if (response.locals.visitor !== undefined) return next()
  if (!isBrowser(request)) return next(new WebProblem('unauthorized'))
  const back = changesNothing(request.method) ? request.originalUrl : '/'
  response.redirect(303, `/login?next=${encodeURIComponent(back)}`)
}

function problems({ logger }: WebParts): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) {
      response.destroy()
      return
    }
    const problem = problemFor(error)
    if (problem.code === 'internal')
      logger.error(`${request.method} ${request.path} failed: ${messageOf(error)}`)
    sendProblem(request, response, problem)
  }
}

function problemFor(error: unknown): WebProblem {
  if (error instanceof WebProblem) return error
  if (error instanceof HostError) return new WebProblem('refused', `${error.message}. ${error.hint}`)
  const status = (error as { status?: unknown }).status
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new WebProblem('invalid-request', messageOf(error))
  return new WebProblem('internal')
}
