import type { Caller, Tenant } from 'automate-plugin-backup/host'
import type { Request, Response } from 'express'
import { type Account, type Accounts, permissionsOf } from '../access/accounts.ts'
import type { Session, Sessions } from '../access/sessions.ts'
import type { TenantDirectory } from '../tenants/tenant-directory.ts'
import { type Language, languageOf } from './text/index.ts'

export const cookieName = 'automate_session'

/** Somebody who is signed in. */
export interface Visitor {
  readonly account: Account
  readonly session: Session
  readonly permissions: ReadonlySet<string>
  /** The tenant that the visitor acts for; null for plain users and before an operator has chosen. */
  readonly tenant: Tenant | null
  readonly language: Language
}

export interface VisitorParts {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly tenants: TenantDirectory
}

export function findVisitor(request: Request, parts: VisitorParts): Visitor | null {
  const key = sessionKeyOf(request.headers.cookie)
  const session = key === null ? null : parts.sessions.find(key)
  return session === null ? null : visitorOf(session, parts)
}

/** Null once the account is gone from host.json. */
export function visitorOf(session: Session, { accounts, tenants }: VisitorParts): Visitor | null {
  const account = accounts.find(session.user)
  if (account === null) return null
  const tenant = tenantOf(account, session, tenants)
  const own = tenants.find(account.tenant)
  const language = languageOf(session.language ?? tenant?.language ?? own?.language)
  return { account, session, permissions: permissionsOf(account.role), tenant, language }
}

export function callerOf(
  visitor: Visitor,
  address: string,
  parts: VisitorParts,
  per: 'tenant' | 'system',
): Caller {
  return {
    user: { id: visitor.account.name, name: visitor.account.name },
    tenant: per === 'tenant' ? (visitor.tenant?.id ?? null) : null,
    permissions: visitor.permissions,
    language: visitor.language,
    address,
    async refresh() {
      const session = parts.sessions.findByHash(visitor.session.hash)
      const again = session === null ? null : visitorOf(session, parts)
      return again === null ? null : callerOf(again, address, parts, per)
    },
  }
}

/** The tenants that somebody may act for. */
export function tenantsFor(account: Account, tenants: TenantDirectory): readonly Tenant[] {
  if (account.role === 'operator') return tenants.all()
  return account.role === 'tenant-admin' ? tenants.all().filter((tenant) => tenant.id === account.tenant) : []
}

export function setVisitor(response: Response, visitor: Visitor): void {
  response.locals.visitor = visitor
}

export function theVisitor(response: Response): Visitor {
  return response.locals.visitor as Visitor
}

function tenantOf(account: Account, session: Session, tenants: TenantDirectory): Tenant | null {
  const possible = tenantsFor(account, tenants)
  if (possible.length === 1) return possible[0] ?? null
  return possible.find((tenant) => tenant.id === session.tenant) ?? null
}

export function sessionKeyOf(cookies: string | undefined): string | null {
  for (const part of cookies?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2)
    if (name === cookieName && value) return value
  }
  return null
}
