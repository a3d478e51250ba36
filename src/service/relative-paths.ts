import { realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { BackupError, type StoredError } from '../engine/errors.ts'
import type { VaultSite } from './vault-site.ts'

type Placed = Pick<VaultSite, 'vault' | 'scope'>

/** A tenant's people see paths from the tenant root on, not where on the machine it lies. Operators see all of it. */
export function shorten({ vault, scope }: Placed, text: string): string {
  if ('system' in scope) return text
  return text.replaceAll(vault.root + sep, '').replaceAll(resolved(vault.root) + sep, '')
}

export function storedWithin(site: Placed, error: StoredError): StoredError {
  return { ...error, message: shorten(site, error.message), hint: shorten(site, error.hint) }
}

/** The same for an error on its way to somebody. Anything but a `BackupError` is handed back as it is. */
export function errorWithin(site: Placed, error: unknown): unknown {
  if (!(error instanceof BackupError)) return error
  const { code, message, hint, details } = error
  const shown = storedWithin(site, { code, message, hint })
  return message === shown.message && hint === shown.hint
    ? error
    : new BackupError(code, shown.message, { hint: shown.hint, details, cause: error })
}

/** Workers speak of resolved paths. */
function resolved(root: string): string {
  try {
    return realpathSync(root)
  } catch {
    // Without a root there are no paths in it to be shown.
    return root
  }
}
