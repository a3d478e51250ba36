/**
 * The looking process: opens one listed backup, which may have been made to do harm, and says what is in it. It does
 * one job and ends; nothing of a hostile file outlives it. Its parent ends it at the deadline, and the system when it
 * takes more memory or time of a processor than it was given.
 */
import { constants, setPriority } from 'node:os'
import type { BackupError } from '../../errors.ts'
import { codeOf, failureFrom } from '../../failure.ts'
import { mostColumnsShown } from '../../rescuing.ts'
import { notFound } from '../../vault/listing.ts'
import type { Job, TablesJob } from '../job.ts'
import { cannotBeRead, lookStopped } from '../refusals.ts'
import { readMessage, say } from './channel.ts'
import { type OpenedFile, openHostile } from './open-file.ts'
import { shapeOf } from './shape.ts'
import { showRows } from './show-rows.ts'
import { showTables } from './show-tables.ts'
import { takeRows } from './take-rows.ts'

try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
} catch {
  // Where the system doesn't allow it the work is done all the same.
}
try {
  work(readMessage() as Job)
} catch (error) {
  say('error', asFailure(error).toJSON())
}

function work(job: Job): void {
  const file = openHostile(job)
  if (job.kind === 'tables') showTables(file, job)
  else workOnTable(file, job)
}

function workOnTable(file: OpenedFile, job: Exclude<Job, TablesJob>): void {
  const shape = shapeOf(file.connection, job.table)
  const { columns, computed, primaryKey } = shape
  say('ready', {
    columns: columns.slice(0, mostColumnsShown),
    columnCount: columns.length,
    computed: computed.slice(0, mostColumnsShown),
    primaryKey,
  })
  if (job.kind === 'rows') showRows(file, shape, job)
  else takeRows(file, shape, job)
}

function asFailure(error: unknown): BackupError {
  const code = codeOf(error)
  if (code === 'SQLITE_NOMEM' || error instanceof RangeError) return lookStopped('memory')
  if (/^SQLITE_(CORRUPT|NOTADB|ERROR|FORMAT|TOOBIG|MISMATCH)/.test(code)) {
    // The words may hold names from the file.
    return cannotBeRead((error as Error).message.replaceAll(/\p{C}/gu, '\uFFFD').slice(0, 200))
  }
  if (code === 'ENOENT') return notFound()
  return failureFrom(error, 'The backup could not be looked into')
}
