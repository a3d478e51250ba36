import type { SqlServerConfig } from '../../archive.ts'
import { BackupError } from '../../errors.ts'
import { numbers, type ServerError } from './server-error.ts'

/** What errors name. Never the connection. */
export type Named = Pick<SqlServerConfig, 'database' | 'serverFolder' | 'localFolder'>

/** A statement that the server refused. `doing` completes "… could not be …". */
export function refused(error: ServerError, named: Named, doing: string): BackupError {
  const { number, message } = causeOf(error)
  return new BackupError('server-refused', `${doing}: ${message} (SQL Server error ${number})`, {
    hint: hintFor(number),
    details: { database: named.database, said: message.slice(0, 300), number },
  })
}

/** The first one that is not the mere "terminating abnormally". */
export const causeOf = ({ said }: ServerError) =>
  said.find(({ number }) => number !== numbers.terminating) ?? said[0]!

function hintFor(number: number): string {
  if ([262, 916, 4060, 15247, 5011, 3110].includes(number)) {
    return 'The login of the connection lacks a right: it must be able to back up the database (db_backupoperator) and to create databases (dbcreator).'
  }
  if (number === numbers.inUse)
    return 'Somebody connects again and again. Stop the application and try once more.'
  if (number === 3169)
    return 'A backup of a newer SQL Server can’t be restored on an older one. Restore it on a server that is as new.'
  return 'The server’s own log has the details.'
}

export function proofFailed({ database }: Named, what: string): BackupError {
  return new BackupError('proof-failed', `The backup of the database "${database}" is not usable: ${what}`, {
    hint: 'It was not kept. Look at the server’s log and disk, run DBCC CHECKDB, and try again.',
    details: { database },
  })
}

export function databaseMissing({ database }: Named): BackupError {
  return new BackupError(
    'source-missing',
    `The SQL Server has no database "${database}", or shows this login none`,
    {
      hint: 'Check the name, and that the login of the connection is a user of this database.',
      details: { about: 'server', database },
    },
  )
}

/** The old content is gone, the new one not complete: the one moment that a restore in place can't do without. */
export function halfRestored(database: string, why: unknown): BackupError {
  const because = why instanceof Error ? why.message : 'it was stopped'
  return new BackupError(
    'half-restored',
    `The restore of the database "${database}" was cut off while its content was being replaced: ${because}`,
    {
      hint: 'The database can’t be used until it is restored again, from this backup or another one.',
      details: { database },
    },
  )
}
