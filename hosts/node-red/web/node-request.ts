import type { AdminRequest } from '../red.ts'

/** A field of a form that Node-RED has parsed; empty when there is none. */
export function formField({ body }: AdminRequest, name: string): string {
  const value = isObject(body) && Object.hasOwn(body, name) ? body[name] : ''
  return typeof value === 'string' ? value : ''
}

/**
 * The body that Node-RED's parsers have read, as bytes again; null when they left it alone. A form comes with each
 * field's values in their order.
 */
export function parsedBody(request: AdminRequest): Buffer | null {
  if (request._body !== true) return null
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return Buffer.from(JSON.stringify(request.body))
  return Buffer.from(new URLSearchParams(isObject(request.body) ? pairsOf(request.body, '') : []).toString())
}

/** The parser turns `a=1&a=2` into lists and `a[b]=1` into objects. */
function pairsOf(fields: Readonly<Record<string, unknown>>, within: string): [string, string][] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const name = within === '' ? key : `${within}[${key}]`
    if (Array.isArray(value)) return value.flatMap((one) => pairOf(name, one))
    return pairOf(name, value)
  })
}

function pairOf(name: string, value: unknown): [string, string][] {
  return isObject(value) ? pairsOf(value, name) : [[name, String(value)]]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** A browser, as opposed to a program: it says that it takes HTML. */
export function isBrowser({ headers }: AdminRequest): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '')
}
