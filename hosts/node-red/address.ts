import type { RedSettings } from './red.ts'

/** Where browsers reach Node-RED's admin pages. */
export interface Address {
  /** Null when each request tells. */
  readonly publicOrigin: string | null
  /** What precedes every path. */
  readonly base: string
}

/**
 * From `automateBackup.publicUrl` in settings.js, which stands for the admin root as browsers see it and is needed
 * behind a proxy that changes paths; otherwise from `httpAdminRoot`. Throws for a URL that is none.
 */
export function addressOf({ automateBackup, httpAdminRoot }: RedSettings): Address {
  const given = automateBackup?.publicUrl
  if (given !== undefined) {
    const { origin, pathname, protocol } = new URL(given)
    if (protocol !== 'http:' && protocol !== 'https:')
      throw new Error(`automateBackup.publicUrl in settings.js is no address of a web page: ${given}`)
    return { publicOrigin: origin, base: trimmed(pathname) }
  }
  return { publicOrigin: null, base: trimmed(httpAdminRoot || '/') }
}

function trimmed(path: string): string {
  const inner = path.replace(/^\/+|\/+$/g, '')
  return inner === '' ? '' : `/${inner}`
}
