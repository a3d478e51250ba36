import type { Actor } from 'automate-plugin-backup/host'
import type { AdminRequest, Red } from '../red.ts'

/** Who somebody is to Node-RED. */
export interface Identity {
  readonly user: Actor
  /** Permissions as Node-RED writes them: "*", "read", "flows.write", or a list of such. */
  readonly scope: unknown
}

/** Everybody, where Node-RED asks nobody to sign in. */
export const everybody: Identity = { user: { id: 'everybody', name: 'Node-RED' }, scope: '*' }

/**
 * Asks Node-RED who sends a request, with the given token in place of the request's own credentials, or with the
 * header that it carries. Null when Node-RED knows nobody by that, and always for tokens in the URL or a body, where
 * they don't belong.
 */
export async function identify(
  red: Red,
  request: AdminRequest,
  token: string | null = null,
): Promise<Identity | null> {
  if (!red.settings.adminAuth) return everybody
  const asked = questionFor(request, token)
  await askNodeRed(red, asked)
  const { user, authInfo } = asked
  if (!user) return null
  const name = user.username ?? 'anonymous'
  return { user: { id: name, name }, scope: authInfo?.scope }
}

/** The editor's token in the request's header; null when there is none. */
export function bearerOf({ headers }: AdminRequest): string | null {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
}

/** A request that tells nothing but who sends it. Node-RED writes its findings onto it. */
function questionFor(request: AdminRequest, token: string | null): AdminRequest {
  const { headers } = request
  const asked = token === null ? headers : { authorization: `Bearer ${token}` }
  return Object.create(request, {
    headers: { value: asked },
    body: { value: undefined },
    query: { value: {} },
    user: { value: undefined, writable: true },
    authInfo: { value: undefined, writable: true },
  }) as AdminRequest
}

/** Resolves once Node-RED has let the request through or answered it. */
function askNodeRed(red: Red, asked: AdminRequest): Promise<void> {
  return new Promise((resolve) => {
    const answer = {
      statusCode: 200,
      setHeader: () => answer,
      removeHeader: () => answer,
      status: () => answer,
      end: () => resolve(),
    }
    red.auth.needsPermission('')(asked, answer as never, () => resolve())
  })
}
