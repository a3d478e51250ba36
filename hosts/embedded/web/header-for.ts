import type { Caller } from 'automate-plugin-backup/host'
import type { Request, Response } from 'express'
import { Header, type HeaderModel } from './pages/header.tsx'
import { headerOf } from './pages/header-of.ts'
import type { WebParts } from './parts.ts'
import { languageOf } from './text/index.ts'
import { tenantsFor, theVisitor } from './visitor.ts'

/** The header of one of the host's own pages. */
export function headerFor(request: Request, response: Response, { tenants }: WebParts): HeaderModel {
  const visitor = theVisitor(response)
  return headerOf(visitor, tenantsFor(visitor.account, tenants).length > 1, request.path)
}

/** The header for a plugin's page, as HTML. */
export function pluginHeader(caller: Caller, current: string, parts: WebParts): string {
  const account = parts.accounts.find(caller.user.id)
  const model: HeaderModel = {
    language: languageOf(caller.language),
    userName: caller.user.name,
    tenantName: parts.tenants.find(caller.tenant)?.displayName ?? null,
    choosesTenant: account !== null && tenantsFor(account, parts.tenants).length > 1,
    mayAdminister: caller.permissions.size > 0,
    maySeeData: caller.permissions.has('data.read'),
    current,
  }
  return String(Header({ model }))
}
