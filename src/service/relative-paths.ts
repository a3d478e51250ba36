import { sep } from 'node:path'
import { BackupError, type StoredError } from '../engine/errors.ts'
import type { Site } from './tenancy.ts'

/** A tenant's people see paths from the tenant root on, not where on the machine it lies. */
export function storedWithin({ vault }: Site, error: StoredError): StoredError {
  const shorten = (text: string) => text.replaceAll(vault.root + sep, '')
  return { ...error, message: shorten(error.message), hint: shorten(error.hint) }
}

/** The same for an error on its way to somebody. Anything but a `BackupError` is handed back as it is. */
export function errorWithin(site: Site, error: unknown): unknown {
  if (!(error instanceof BackupError)) return error
  const { code, message, hint, details } = error
  const shown = storedWithin(site, { code, message, hint })
  return message === shown.message && hint === shown.hint
    ? error
    : new BackupError(code, shown.message, { hint: shown.hint, details, cause: error })
}
