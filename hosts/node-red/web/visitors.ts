import type { Caller, Mount, Tenant } from 'automate-plugin-backup/host'
import type { TenantDirectory } from '../flows/tenant-directory.ts'
import type { AdminRequest, Red } from '../red.ts'
import { type Identity, identify } from './identity.ts'
import type { Mounts } from './mounts.ts'
import { permissionsOf } from './permissions.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { Session, Sessions } from './sessions.ts'

/** Somebody whom Node-RED knows. */
export interface Visitor {
  readonly identity: Identity
  /** Null for a program that sends its token each time, and for everybody where nobody signs in. */
  readonly session: Session | null
  readonly permissions: ReadonlySet<string>
}

export interface VisitorParts {
  readonly red: Red
  readonly sessions: Sessions
  readonly cookie: SessionCookie
  readonly mounts: Mounts
  readonly tenants: TenantDirectory
}

/** Finds out who sends a request. */
export class Visitors {
  readonly #parts: VisitorParts

  constructor(parts: VisitorParts) {
    this.#parts = parts
  }

  /** By the page's session, or by the credentials that Node-RED itself takes. Null when there is nobody. */
  async of(request: AdminRequest): Promise<Visitor | null> {
    const id = this.#parts.cookie.read(request)
    const session = id === null ? null : this.#parts.sessions.find(id)
    return session ? this.#bySession(request, session) : this.byHeader(request)
  }

  /** Without looking at the page's cookie: what the editor calls. */
  async byHeader(request: AdminRequest): Promise<Visitor | null> {
    const identity = await identify(this.#parts.red, request)
    return identity && this.#visitor(identity, null)
  }

  /** What of the tenants the visitor acts for now: the chosen one, or the only one. */
  tenantOf({ session }: Visitor): Tenant | null {
    const tenants = this.#parts.tenants.all()
    const chosen = tenants.find(({ id }) => id === session?.tenant)
    return chosen ?? (tenants.length === 1 ? (tenants[0] ?? null) : null)
  }

  callerOf(request: AdminRequest, visitor: Visitor, per: Mount['per']): Caller {
    const { identity, session, permissions } = visitor
    return {
      user: identity.user,
      tenant: per === 'tenant' ? (this.tenantOf(visitor)?.id ?? null) : null,
      permissions,
      language: languageOf(request, session),
      address: request.socket.remoteAddress ?? '',
      refresh: async () => {
        const again = await this.#again(request, session)
        return again && this.callerOf(request, again, per)
      },
    }
  }

  async #again(request: AdminRequest, session: Session | null): Promise<Visitor | null> {
    if (session === null) return this.byHeader(request)
    return this.#parts.sessions.find(session.id) === session ? this.#bySession(request, session) : null
  }

  /** The token is looked at each time: who signs out of the editor has left the page, too. */
  async #bySession(request: AdminRequest, session: Session): Promise<Visitor | null> {
    const identity = await identify(this.#parts.red, request, session.token)
    if (identity) return this.#visitor(identity, session)
    this.#parts.sessions.end(session.id)
    return null
  }

  #visitor(identity: Identity, session: Session | null): Visitor {
    const known = this.#parts.mounts.all.flatMap(({ permissions }) => Object.keys(permissions))
    return { identity, session, permissions: permissionsOf(identity.scope, known) }
  }
}

/** The editor's language, or the browser's. */
export function languageOf(request: AdminRequest, session: Session | null): string {
  const accepted = request.headers['accept-language']?.split(',')[0]?.split(';')[0]?.trim()
  return session?.language || (accepted === '*' ? 'en' : accepted) || 'en'
}
