import { BackupError } from '../engine/errors.ts'
import type { Scope } from '../host/contract.ts'

/** Throws `invalid-request` for the system, which has no task of ours. */
export function tenantOf(scope: Scope): string {
  if ('tenant' in scope) return scope.tenant
  throw new BackupError('invalid-request', 'This task belongs to a tenant.', {
    hint: 'Run it for one tenant.',
  })
}
