import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a request that changes something may have been meant by the person who is signed in. Browsers say where it
 * comes from; what says nothing is no browser, and carries no cookie unless its user gave it one.
 */
export function isOwnRequest(headers: IncomingHttpHeaders, publicOrigin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return headers.origin === undefined || headers.origin === publicOrigin
}

export function changesNothing(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}
