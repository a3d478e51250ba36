import { BackupError } from '../engine/errors.ts'

/** Far more than any form of ours needs. */
const MAX_BYTES = 64 * 1024

/** What was sent: JSON as it is, a form with all values of each field. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly fields: URLSearchParams }

/** Reads a small JSON or form body. An empty one counts as an empty object. Throws `invalid-request`. */
export async function readBody(request: Request): Promise<Body> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  const text = await readText(request)
  if (type === 'application/x-www-form-urlencoded') return { kind: 'form', fields: new URLSearchParams(text) }
  if (text === '') return { kind: 'json', value: {} }
  if (type === 'application/json') return { kind: 'json', value: parse(text) }
  throw refused('The body must be application/json or application/x-www-form-urlencoded.')
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
