import type { LiveDatabase } from '../../engine.ts'
import { BackupError, type ErrorCode } from '../../errors.ts'
import { codeOf, failureFrom } from '../../failure.ts'

function failure(
  database: LiveDatabase,
  code: ErrorCode,
  text: string,
  hint: string,
  cause?: unknown,
): BackupError {
  return new BackupError(code, `The database "${database.name}" ${text}`, {
    hint,
    details: { database: database.name, ...(codeOf(cause) === '' ? {} : { errno: codeOf(cause) }) },
    cause,
  })
}

export function sourceMissing(database: LiveDatabase): BackupError {
  return failure(
    database,
    'source-missing',
    `was not found at ${database.path}`,
    'Check whether it was moved or deleted, and the path in the application’s settings.',
  )
}

export function sourceEmpty(database: LiveDatabase): BackupError {
  return failure(
    database,
    'source-empty',
    'is an empty file of 0 bytes',
    'An empty file can’t be backed up. If it held data before, restore an earlier backup; those were left alone.',
  )
}

export function sourceUnsafe(database: LiveDatabase, why: string): BackupError {
  return failure(
    database,
    'source-unsafe',
    why,
    'It must be a plain file with one name at the path that the application names.',
  )
}

export function sourceLocked(database: LiveDatabase, waitedMs: number): BackupError {
  return failure(
    database,
    'source-locked',
    `stayed locked by another program for ${(waitedMs / 1000).toFixed(1)} s`,
    'Look for a transaction that never ends, or a program that opened it with locking_mode=EXCLUSIVE.',
  )
}

export function sourceChanged(database: LiveDatabase): BackupError {
  return failure(
    database,
    'source-changed',
    'was replaced or removed while it was copied',
    'Start the backup again when whatever replaced it has finished.',
  )
}

/** Files that are pinned changed all the same. */
export function sourceMoved(database: LiveDatabase, what: string): BackupError {
  return failure(
    database,
    'source-changed',
    `changed in an unexpected way while it was copied: ${what}`,
    'Nothing was kept. Start the backup again; if this happens again, another program handles the log itself.',
  )
}

/** A rollback-journal database that others write to without pause, and too large to be compared while they wait. */
export function sourceNeverStill(database: LiveDatabase, heldMs: number, times: number): BackupError {
  return failure(
    database,
    'source-locked',
    `was written to during the whole copy, and finishing it held writers off for ${(heldMs / 1000).toFixed(1)} s ${times} times without coming to an end`,
    'Back it up when less is written, or let the application switch to WAL mode (PRAGMA journal_mode = WAL), in which backups and writers never wait for each other.',
  )
}

export function sourceDamaged(
  database: LiveDatabase,
  messages: readonly string[],
  cause?: unknown,
): BackupError {
  return failure(
    database,
    'source-damaged',
    `is damaged: ${messages.join('; ').slice(0, 500)}`,
    'The live database itself is damaged, not the copy. Earlier backups were left alone: restore the newest good one.',
    cause,
  )
}

/** Names what SQLite or the system said about the live database. */
export function sourceFailure(error: unknown, database: LiveDatabase): BackupError {
  const code = codeOf(error)
  if (code === 'SQLITE_NOTADB') {
    return failure(
      database,
      'source-not-a-database',
      'is not an SQLite database',
      'It may be encrypted, or another kind of file. Check the path in the application’s settings.',
      error,
    )
  }
  if (code.startsWith('SQLITE_CORRUPT')) return sourceDamaged(database, [(error as Error).message], error)
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return sourceLocked(database, 0)
  if (code === 'ENOENT') return sourceMissing(database)
  if (code.startsWith('SQLITE_CANTOPEN') || code === 'EACCES') {
    return failure(
      database,
      'source-unsafe',
      'can’t be opened',
      'Give the user that the application runs as the right to read it and to write into its folder; see that its disk is not full.',
      error,
    )
  }
  return failureFrom(error, `The database "${database.name}" could not be copied`)
}
