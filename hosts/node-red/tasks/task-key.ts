import type { Scope } from 'automate-plugin-backup/host'

/** Names the task of one type and scope. Task types have no slash in their ids. */
export function taskKey(typeId: string, scope: Scope): string {
  return 'tenant' in scope ? `${typeId}/tenant/${scope.tenant}` : `${typeId}/system`
}

export function typeOf(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
