import type { ServerResponse } from 'node:http'
import type { AdminRequest } from '../red.ts'

/** The cookie of the pages' sessions: for the pages and the adapter's own addresses only, and never for scripts. */
export class SessionCookie {
  readonly #base: string
  readonly #isSecure: boolean

  /** `base` precedes every path; `isSecure` when browsers reach Node-RED by https only. */
  constructor(options: { readonly base: string; readonly isSecure: boolean }) {
    this.#base = options.base
    this.#isSecure = options.isSecure
  }

  read(request: AdminRequest): string | null {
    for (const pair of request.headers.cookie?.split(';') ?? []) {
      const [name, value] = pair.trim().split('=', 2)
      if (name === nameFor(request) && value) return value
    }
    return null
  }

  set(request: AdminRequest, response: ServerResponse, id: string, paths: readonly string[]): void {
    const secure = this.#isSecure || request.protocol === 'https' ? '; Secure' : ''
    for (const path of paths)
      response.appendHeader(
        'Set-Cookie',
        `${nameFor(request)}=${id}; Path=${this.#base}${path}; HttpOnly; SameSite=Strict${secure}`,
      )
  }
}

/** Browsers send cookies to every port of a machine, so the name tells one Node-RED from the next. */
function nameFor({ socket }: AdminRequest): string {
  return `backup-session-${socket.localPort ?? 0}`
}
