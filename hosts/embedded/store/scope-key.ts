import type { Scope } from 'automate-plugin-backup/host'

/** How a scope is written in the host's database. */
export function keyOf(scope: Scope): string {
  return 'tenant' in scope ? `tenant:${scope.tenant}` : 'system'
}

export function scopeOf(key: string): Scope {
  return key === 'system' ? { system: true } : { tenant: key.slice('tenant:'.length) }
}
