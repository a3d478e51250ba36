import { join } from 'node:path'
import type { Actor } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import { readPlainText, removeFile, replaceFile, syncFolder } from './files.ts'
import { ownFiles } from './names.ts'
import { adoptOwner, type Place } from './place.ts'

export const waitingVersion = 1

/** A restore that is to be carried out at the next start of the application, before it opens the database. */
export interface StoredWaiting {
  readonly formatVersion: typeof waitingVersion
  /** Its run, which is open in the log until then. */
  readonly runId: string
  /** Name of the backup. Nothing removes it meanwhile. */
  readonly name: string
  /** Name of the database that it replaces. */
  readonly database: string
  /** ISO 8601. */
  readonly requestedAt: string
  readonly actor: Actor
  /** Version of the application that asked. */
  readonly appVersion: string | null
  /** It was begun: it is not begun a second time, whatever became of it. */
  readonly begun: boolean
}

/** Null when none waits. One that can't be understood was not written by us, or by a newer version: it doesn't count. */
export function readWaiting(place: Place): StoredWaiting | null {
  try {
    const text = readPlainText(join(place.folder, ownFiles.waiting), place.live, 64 * 1024)
    return text === null ? null : parse(text)
  } catch (error) {
    throw failureFrom(error, `${join(place.folder, ownFiles.waiting)} could not be read`)
  }
}

/** Durable when it returns. Needs the folder's lock. */
export function writeWaiting(place: Place, waiting: StoredWaiting): void {
  const path = join(place.folder, ownFiles.waiting)
  try {
    replaceFile(path, `${path}.new`, `${JSON.stringify(waiting)}\n`)
    adoptOwner(path, place.folder)
  } catch (error) {
    throw failureFrom(error, `${path} could not be written`)
  }
}

/** Durable when it returns. Needs the folder's lock. */
export function dropWaiting(place: Place): void {
  const path = join(place.folder, ownFiles.waiting)
  try {
    removeFile(path)
    syncFolder(place.folder)
  } catch (error) {
    throw failureFrom(error, `${path} could not be removed`)
  }
}

export function restoreWaiting(): BackupError {
  return new BackupError('restore-waiting', 'A restore is waiting for the next start of the application', {
    hint: 'Restart the application to have it carried out, or cancel it first.',
  })
}

function parse(text: string): StoredWaiting | null {
  try {
    const raw = JSON.parse(text) as StoredWaiting
    const texts = [raw.name, raw.database, raw.requestedAt].every((value) => typeof value === 'string')
    const whole = texts && typeof raw.begun === 'boolean' && /^[\w-]{1,80}$/.test(raw.runId)
    return raw.formatVersion === waitingVersion && whole ? raw : null
  } catch {
    return null
  }
}
