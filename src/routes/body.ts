import { BackupError } from '../engine/errors.ts'
import type { Exchange } from './exchange.ts'

/** Far more than any form of ours needs. */
const MAX_BYTES = 64 * 1024

/** What was sent: JSON as it is, a form with all values of each field. */
export type Body =
  | { readonly kind: 'json'; readonly value: object }
  | { readonly kind: 'form'; readonly fields: URLSearchParams }

/**
 * Reads a small JSON or form body. An empty one counts as an empty object. Throws `invalid-request`, and
 * `tenant-changed` when the page that it comes from was opened for another tenant than the session is for now.
 */
export async function readBody({ request, tenant }: Pick<Exchange, 'request' | 'tenant'>): Promise<Body> {
  const body = await parseBody(request)
  const meant = field(body, 'tenant')
  if (body.kind === 'form' && meant !== undefined && meant !== tenant) throw tenantChanged()
  return body
}

async function parseBody(request: Request): Promise<Body> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  const text = await readText(request)
  if (type === 'application/x-www-form-urlencoded') return { kind: 'form', fields: new URLSearchParams(text) }
  if (text === '') return { kind: 'json', value: {} }
  if (type === 'application/json') return { kind: 'json', value: asObject(parse(text)) }
  throw refused('The body must be application/json or application/x-www-form-urlencoded.')
}

export function tenantChanged(): BackupError {
  return new BackupError('tenant-changed', 'This page was opened for another tenant than you act for now.', {
    hint: 'Nothing was changed. Load the page again and look whose backups they are.',
  })
}

/** One field of the body, whichever form it came in. */
export function field(body: Body, name: string): unknown {
  if (body.kind === 'form') return body.fields.get(name) ?? undefined
  const { value } = body
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** A backup's name as somebody sent it: only ever compared with the list. */
export function nameOf(body: Body): string {
  const name = field(body, 'name')
  return typeof name === 'string' ? name : ''
}

export function refused(message: string, details: Record<string, string | number> = {}): BackupError {
  return new BackupError('invalid-request', message, { hint: 'Nothing was changed.', details })
}

function asObject(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw refused('The body must be a JSON object.')
}

async function readText(request: Request): Promise<string> {
  if (!request.body) return ''
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of request.body) {
    size += part.byteLength
    if (size > MAX_BYTES) throw refused(`The body is larger than ${MAX_BYTES} bytes.`, { max: MAX_BYTES })
    parts.push(part)
  }
  return new TextDecoder().decode(Buffer.concat(parts))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refused('The body is not valid JSON.')
  }
}

/** A form can only send texts; JSON says true or false. Throws `invalid-request`. */
export function flagOf(body: Body, name: string): boolean {
  const value = field(body, name)
  if (typeof value === 'boolean') return value
  if (body.kind === 'form' && (value === 'true' || value === 'false')) return value === 'true'
  throw refused(`The field "${name}" must be true or false.`, { field: name })
}
