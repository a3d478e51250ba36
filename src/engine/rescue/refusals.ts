import { BackupError } from '../errors.ts'

/** The look was ended before it came to its end: hostile files and very large ones look alike from outside. */
export function lookStopped(limit: 'time' | 'memory', seconds?: number): BackupError {
  const took =
    limit === 'memory'
      ? 'Looking into the backup took more memory than it may'
      : seconds === undefined
        ? 'Looking into the backup took too long'
        : `Looking into the backup took longer than ${seconds} s`
  return new BackupError('look-stopped', took, {
    hint: 'Search for something else, or download the whole backup and open it with a program of your own.',
    details: { limit, ...(seconds === undefined ? {} : { seconds }) },
  })
}

export function lookCrashed(how: string, output: string): BackupError {
  return new BackupError(
    'look-stopped',
    `The process that looked into the backup ended unexpectedly (${how})`,
    {
      hint: 'The backup may be damaged, or made to do harm. Verify it, or take another one.',
      details: { limit: 'crash', how },
      cause: output === '' ? undefined : new Error(output),
    },
  )
}

export function cannotBeRead(why: string): BackupError {
  return new BackupError('proof-failed', `The backup can’t be read here: ${why}`, {
    hint: 'It may be damaged: verify it, and look into another one.',
    details: { why },
  })
}

export function noSuchTable(): BackupError {
  return new BackupError('not-found', 'There is no such table in this backup', {
    hint: 'Choose one of the list. Views and virtual tables are not looked into.',
    details: { what: 'table' },
  })
}

export function noSuchRow(): BackupError {
  return new BackupError('invalid-request', 'A chosen row is not named as this table names its rows', {
    hint: 'Load the page again and choose anew.',
    details: { field: 'rows' },
  })
}
