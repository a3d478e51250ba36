import type { Caller } from '../host/contract.ts'
import type { Language } from '../views/index.ts'

/** One request with what is known of it. The tenant comes from the session, never from the request. */
export interface Exchange {
  readonly request: Request
  readonly url: URL
  readonly caller: Caller
  readonly tenant: string
  readonly language: Language
  /** A browser's page; otherwise JSON. */
  readonly wantsHtml: boolean
  /** Path parameters. */
  readonly params: Readonly<Record<string, string>>
}

/** HTML for browsers, JSON for `Accept: application/json`; who accepts anything gets the form of what was sent. */
export function wantsHtml({ headers }: Request): boolean {
  const accept = headers.get('accept') ?? ''
  const html = quality(accept, 'text/html')
  const json = quality(accept, 'application/json')
  if (html === json) return !(headers.get('content-type') ?? '').includes('json')
  return html > json
}

function quality(accept: string, type: string): number {
  const range = accept.split(',').find((part) => part.split(';')[0]?.trim().toLowerCase() === type)
  if (!range) return 0
  return Number(/;\s*q=([\d.]+)/i.exec(range)?.[1] ?? 1)
}
