import { BackupError } from '../engine/errors.ts'

/**
 * Lets a changing request pass when the browser says that it comes from our own pages, or when no browser is involved.
 * `Sec-Fetch-Site` can't be set by scripts; older browsers send `Origin` with every POST.
 */
export function refuseCrossSite({ headers, url }: Request, publicOrigin: string | null): void {
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const own =
    site === null
      ? origin === null || origin === (publicOrigin ?? new URL(url).origin)
      : site === 'same-origin' || site === 'none'
  if (!own)
    throw new BackupError('cross-site', 'This request comes from another website.', {
      hint: 'Open the backup page itself and try again there.',
    })
}
