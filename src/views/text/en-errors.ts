import type { ErrorCode, ErrorWords } from './error-words.ts'

/**
 * An error speaks English itself, with the numbers and names in it: nothing is more exact. Its words are picked out
 * one by one, because the message of an `Error` gets lost when the object is spread.
 */
const inItsOwnWords = (title: string): ErrorWords => ({
  title,
  explain: (_details, { message, hint }) => ({ message: asSentence(message), hint }),
})

/** The hint follows on the same line. */
const asSentence = (message: string): string => (/[.!?…]$/.test(message) ? message : `${message}.`)

export const englishErrors: Readonly<Record<ErrorCode, ErrorWords>> = {
  'invalid-request': inItsOwnWords('This request can’t be understood'),
  'invalid-settings': inItsOwnWords('The settings were not saved'),
  forbidden: inItsOwnWords('Not allowed'),
  'cross-site': inItsOwnWords('Refused: the request came from another site'),
  'not-found': inItsOwnWords('Not found'),
  'method-not-allowed': inItsOwnWords('This page doesn’t work that way'),
  'range-not-satisfiable': inItsOwnWords('The backup has no such part'),
  busy: inItsOwnWords('Another run is in progress'),
  protected: inItsOwnWords('This backup is protected'),
  'limit-reached': inItsOwnWords('The operator’s limit is reached'),
  'tenant-changed': inItsOwnWords('You act for another tenant now'),
  'operator-settings-broken': inItsOwnWords('The settings of the operator can’t be used'),
  'folder-not-writable': inItsOwnWords('The backups folder can’t be written to'),
  'folder-unsafe': inItsOwnWords('The backups folder is not safe to use'),
  'disk-full': inItsOwnWords('Not enough free space'),
  'source-missing': inItsOwnWords('What is to be backed up is missing'),
  'source-empty': inItsOwnWords('The database is empty'),
  'source-not-a-database': inItsOwnWords('This is not an SQLite database'),
  'source-unsafe': inItsOwnWords('It can’t be read safely'),
  'source-locked': inItsOwnWords('The database is locked'),
  'source-damaged': inItsOwnWords('The database is damaged'),
  'source-changed': inItsOwnWords('The database was replaced meanwhile'),
  'server-unreachable': inItsOwnWords('The SQL Server can’t be reached'),
  'server-refused': inItsOwnWords('The SQL Server refused'),
  'server-folder': inItsOwnWords('The folder shared with the SQL Server can’t be used'),
  'half-restored': inItsOwnWords('The database is only half restored'),
  'connection-missing': inItsOwnWords('The connection is not known'),
  'proof-failed': inItsOwnWords('The backup is damaged'),
  'newer-format': inItsOwnWords('Written by a newer version'),
  'newer-application': inItsOwnWords('From a newer version of the application'),
  'other-version': inItsOwnWords('From another version of the application'),
  'database-in-use': inItsOwnWords('The database is in use'),
  'use-unknown': inItsOwnWords('It can’t be seen whether the database is in use'),
  'wrong-tenant': inItsOwnWords('This backup belongs to another tenant'),
  'restore-not-allowed': inItsOwnWords('Restoring from this page is not allowed'),
  'restore-unavailable': inItsOwnWords('This application can’t restore while it runs'),
  'restore-waiting': inItsOwnWords('A restore is waiting'),
  'wrong-confirmation': inItsOwnWords('The name is not the right one'),
  'suspend-failed': inItsOwnWords('The database could not be closed'),
  'too-late': inItsOwnWords('Too late to cancel'),
  'upload-refused': inItsOwnWords('The file was not taken'),
  'upload-too-large': inItsOwnWords('The file is too large'),
  'upload-locked': inItsOwnWords('The upload is in use'),
  'wrong-offset': inItsOwnWords('The upload is further along than that'),
  'too-many-uploads': inItsOwnWords('Too many uploads'),
  'unsupported-type': inItsOwnWords('This kind of content isn’t understood'),
  'wrong-tus-version': inItsOwnWords('This version of tus isn’t spoken'),
  'io-failed': inItsOwnWords('Reading or writing failed'),
  cancelled: inItsOwnWords('Cancelled'),
  'timed-out': inItsOwnWords('It took too long'),
  interrupted: inItsOwnWords('Interrupted'),
  'worker-crashed': inItsOwnWords('The backup process ended unexpectedly'),
  'look-stopped': inItsOwnWords('Looking into the backup was stopped'),
  internal: inItsOwnWords('Something went wrong'),
}
