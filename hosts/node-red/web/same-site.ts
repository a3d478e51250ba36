import type { AdminRequest } from '../red.ts'

/** Whether a request that changes something comes from our own pages, or from no browser at all. */
export function isSameSite(request: AdminRequest, publicOrigin: string | null): boolean {
  const { headers } = request
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const own = publicOrigin ?? `${request.protocol}://${headers.host ?? ''}`
  return headers.origin === undefined || headers.origin === own
}
