import { type ArchiveContent, archiveContents } from '../../engine/archiving.ts'
import { BackupError } from '../../engine/errors.ts'

/** What somebody wants in an archive; null for what the profile says. Throws `invalid-request`. */
export function contentFrom(value: unknown): ArchiveContent | null {
  if (value === undefined || value === null || value === '') return null
  const found = archiveContents.find((one) => one === value)
  if (found) return found
  const choices = archiveContents.join(', ')
  throw new BackupError('invalid-request', `The content must be one of: ${choices}.`, {
    hint: 'Leave it out for what the profile says. Nothing was started.',
    details: { field: 'content', choices },
  })
}
