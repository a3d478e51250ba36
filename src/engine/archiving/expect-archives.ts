import type { Vault } from '../engine.ts'
import { BackupError } from '../errors.ts'

/** A tenant's folder holds copies of databases, and nothing else is ever put there. */
export function expectArchives({ holds, folder }: Vault): void {
  if (holds === 'archives') return
  throw new BackupError('invalid-request', `${folder} is not a folder for archives`, {
    hint: 'Give the profile a folder of its own.',
  })
}
