import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { failureFrom } from '../failure.ts'
import { besideOf } from './beside.ts'
import { lstatOrNull, removeFile, syncFolder } from './files.ts'
import type { Place } from './place.ts'
import { belongsHere, type RestoreMarker, readMarker, targetOf, writeMarker } from './restore-marker.ts'
import { bringBack } from './salvage.ts'
import { isFile } from './same-file.ts'

/** How a restore that was left in the middle ended. */
export interface SettledRestore {
  readonly runId: string
  /** Whether the database is the backup now; otherwise it is wholly the old one. */
  readonly restored: boolean
}

/**
 * Finishes or takes back what the marker tells of. Needs the folder's lock, and no open descriptor of the database in
 * this process. Null when no restore was under way. The marker stays until its run is closed in the log: being killed
 * in here, or before that, is fine, because doing it again changes nothing. `own` is the database that the caller
 * itself was about to replace.
 */
export function settleRestore(place: Place, own: string | null = null): SettledRestore | null {
  const marker = readMarker(place)
  if (marker === null) return null
  const target = targetOf(place, marker)
  try {
    const restored = hasSwapped(marker, target)
    if (restored) finish(marker, target)
    else takeBack(place, marker, { target, mayChange: target === own || belongsHere(place, target) })
    return { runId: marker.runId, restored }
  } catch (error) {
    throw failureFrom(error, `The interrupted restore of ${target} could not be put in order`)
  }
}

/** The staged file loses its name only by taking the database's, unless somebody removes it by hand. */
function hasSwapped({ phase, runId, staged }: RestoreMarker, target: string): boolean {
  if (phase !== 'swapping' || lstatOrNull(besideOf(target, runId).staged) !== null) return false
  return staged !== null && isFile(target, staged)
}

/** The second name is gone for good before the marker that knows of it is. */
export function finish({ runId }: Pick<RestoreMarker, 'runId'>, target: string): void {
  syncFolder(dirname(target))
  const { replaced } = besideOf(target, runId)
  if (lstatOrNull(replaced) === null) return
  removeFile(replaced)
  syncFolder(dirname(target))
}

interface Named {
  readonly target: string
  /** False for one far from here: a restore that was to make it there left at most the staged file. */
  readonly mayChange: boolean
}

/** Before the staged file goes it is written down that the database is the old one: its absence says otherwise. */
function takeBack(place: Place, marker: RestoreMarker, { target, mayChange }: Named): void {
  if (marker.phase === 'swapping') writeMarker(place, { ...marker, phase: 'staging' })
  if (lstatOrNull(dirname(target)) === null) return
  const { staged, replaced } = besideOf(target, marker.runId)
  if (!mayChange) {
    removeFile(staged)
    return
  }
  if (marker.phase === 'reverting') revert(marker, target, replaced)
  removeFile(replaced)
  removeFile(staged)
  syncFolder(dirname(target))
  if (marker.salvage !== null) bringBack(place, target, marker.salvage)
  if (marker.journalMode === 'wal') resumeLog(target)
}

function revert({ existed, staged }: RestoreMarker, target: string, replaced: string): void {
  if (lstatOrNull(replaced) !== null) renameSync(replaced, target)
  else if (!existed && staged !== null && isFile(target, staged)) removeFile(target)
}

/**
 * Only a convenience for applications that rely on the mode that a database has: its content is the same in either.
 * Comes to nothing where another process works with it.
 */
function resumeLog(target: string): void {
  try {
    const connection = new Database(target, { fileMustExist: true, timeout: 0 })
    try {
      connection.pragma('journal_mode = WAL')
    } finally {
      connection.close()
    }
  } catch {
    // An application that wants the mode sets it when it opens the database.
  }
}
