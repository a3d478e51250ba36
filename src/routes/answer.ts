import { BackupError, type StoredError } from '../engine/errors.ts'
import type { LiveRun } from '../service/active-run.ts'
import { InvalidSettings } from '../settings/field-problem.ts'
import { errorText, fieldErrorText, type Language } from '../views/index.ts'
import { statusOf } from './statuses.ts'

/** Headers of every answer: nothing is cached, framed elsewhere or guessed. */
const common = {
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ')

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...common, 'content-type': 'application/json; charset=utf-8' },
  })
}

export function html(page: string, status = 200): Response {
  return new Response(page, {
    status,
    headers: { ...common, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
  })
}

/** The answer to a form that succeeded: the browser loads the page anew, so that reloading doesn't send it again. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...common, location } })
}

/** An RFC 9457 problem in the caller's language. */
export function problem(error: BackupError, language: Language): Response {
  const status = statusOf[error.code]
  const { title, message, hint } = errorText(language, error.code, error.details, error)
  const fields =
    error instanceof InvalidSettings
      ? {
          errors: error.fields.map((problem) => ({
            field: problem.field,
            message: fieldErrorText(language, problem),
          })),
        }
      : {}
  const type = `urn:automate-plugin-backup:problem:${error.code}`
  const body = { type, title, status, detail: message, code: error.code, hint, ...fields }
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...common, 'content-type': 'application/problem+json; charset=utf-8' },
  })
}

/** Anything that was thrown, as an error that can be shown. What is not ours keeps its secrets. */
export function asBackupError(error: unknown): BackupError {
  if (error instanceof BackupError) return error
  return new BackupError('internal', 'Something unexpected went wrong in the plugin.', {
    hint: "The host's log has the details.",
    cause: error,
  })
}

/** The public shape of a run, its error in the caller's language. */
export function runJson(run: LiveRun, language: Language) {
  const { id, kind, status, stage, progress, trigger, backups, startedAt, endedAt } = run
  const error = run.error && storedErrorJson(run.error, language)
  const { current } = run
  const shown = { id, kind, status, stage, progress, trigger, backups, startedAt, endedAt, error }
  return current === undefined ? shown : { ...shown, current }
}

function storedErrorJson(error: StoredError, language: Language) {
  const { message, hint } = errorText(language, error.code, error.details ?? {}, error)
  return { code: error.code, message, hint }
}
