import { BackupError } from '../engine/errors.ts'

/** Says nothing about what else may lie there; the name itself is not repeated. */
export function notFound(name: string): BackupError {
  return new BackupError('not-found', 'There is no such backup.', {
    hint: 'It may have been deleted meanwhile; load the list again.',
    details: { nameLength: name.length },
  })
}
