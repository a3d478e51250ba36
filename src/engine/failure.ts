import { BackupError, type ErrorCode } from './errors.ts'

interface Explained {
  readonly code: ErrorCode
  readonly text: string
  readonly hint: string
}

const diskFull = {
  code: 'disk-full',
  text: 'the disk is full',
  hint: 'Free some space, delete old backups, or keep the backups on a bigger disk.',
} as const
const notWritable = {
  code: 'folder-not-writable',
  text: 'the folder is not writable',
  hint: 'Give the user that the application runs as the right to write into the backups folder.',
} as const
const inTheWay = {
  code: 'folder-unsafe',
  text: 'something of that name is in the way',
  hint: 'Somebody else writes into the backups folder. Move away what lies there.',
} as const
const ioFailed = {
  code: 'io-failed',
  text: 'the disk reported an error',
  hint: 'Check the disk and its file system; the system log names the device.',
} as const

const byCode: Readonly<Record<string, Explained>> = {
  ENOSPC: diskFull,
  EDQUOT: diskFull,
  SQLITE_FULL: diskFull,
  // SQLite can't grow its shared memory file: a full disk, too.
  SQLITE_IOERR_SHMSIZE: diskFull,
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  ENOTDIR: notWritable,
  EEXIST: inTheWay,
  SQLITE_READONLY: notWritable,
  SQLITE_CANTOPEN: notWritable,
}

/** The system's own codes hold no "_"; Node's ERR_INVALID_ARG_TYPE and the like are defects, not disks. */
const saysDisk = /^(E[A-Z0-9]+|SQLITE_\w+)$/

/** Names a failure of the backups folder or its disk. `doing` completes "… could not be …". */
export function failureFrom(error: unknown, doing: string): BackupError {
  if (error instanceof BackupError) return error
  const code = codeOf(error)
  const explained = byCode[code] ?? (saysDisk.test(code) ? ioFailed : null)
  if (explained === null) {
    return new BackupError('internal', `${doing}: an unexpected error occurred`, {
      hint: 'This is a defect of the program. Its log has the details.',
      cause: error,
    })
  }
  return new BackupError(explained.code, `${doing}: ${explained.text} (${code})`, {
    hint: explained.hint,
    details: { errno: code },
    cause: error,
  })
}

/** The `code` of a system or SQLite error; empty when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

export function cancelled(by?: string): BackupError {
  const hint = 'Start it again when it suits.'
  return by === undefined
    ? new BackupError('cancelled', 'The run was cancelled', { hint })
    : new BackupError('cancelled', `Cancelled by ${by}.`, { hint, details: { by } })
}

/** The same for work that leaves what it had done: each thing whole, and not all of them. */
export function partly({ code, message, details }: BackupError): BackupError {
  return new BackupError(code, message, {
    hint: 'What was put back before stays, and each file is wholly the old or the new one. Restore again to finish.',
    details: { ...details, partly: 1 },
  })
}

/** Whether a run was ended only because the application stops. */
export const isStopping = ({ code, details }: BackupError) => code === 'cancelled' && details.stopping === 1

/** The error that an aborted signal stands for. */
export function reasonOf(signal: AbortSignal): BackupError {
  return signal.reason instanceof BackupError ? signal.reason : cancelled()
}
