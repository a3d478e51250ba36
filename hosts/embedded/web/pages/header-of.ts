import type { Visitor } from '../visitor.ts'
import type { HeaderModel } from './header.tsx'

export function headerOf(visitor: Visitor, choosesTenant: boolean, current: string): HeaderModel {
  return {
    language: visitor.language,
    userName: visitor.account.name,
    tenantName: visitor.tenant?.displayName ?? null,
    choosesTenant,
    mayAdminister: visitor.permissions.size > 0,
    maySeeData: visitor.permissions.has('data.read'),
    current,
  }
}
