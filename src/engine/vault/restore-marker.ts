import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import { type Identity, lstatOrNull, readPlainText, removeFile, replaceFile, syncFolder } from './files.ts'
import { ownFiles } from './names.ts'
import { adoptOwner, type Place } from './place.ts'

export const markerVersion = 1

/**
 * What a restore is about to do, written down before it does it, so that whoever comes after a kill can finish it or
 * take it back. There is at most one: a restore holds the folder's lock.
 */
export interface RestoreMarker {
  readonly formatVersion: typeof markerVersion
  readonly runId: string
  /**
   * `staging`: the database is untouched; what lies beside it is to be removed.
   * `swapping`: the database is the new one if and only if the staged file has lost its name.
   * `reverting`: the new one is in place and is no good; the old one is to be put back.
   */
  readonly phase: 'staging' | 'swapping' | 'reverting'
  /** Path of the database: relative to the tenant root when it lies below it, with forward slashes. */
  readonly target: string
  /** Whether there was a database before. */
  readonly existed: boolean
  /** The old database is given this mode back when the restore comes to nothing; null when it has it still. */
  readonly journalMode: 'wal' | null
  /** The staged file, from `swapping` on. */
  readonly staged: { readonly identity: Identity; readonly sha256: string } | null
  /** Name of the folder below `.salvage` that has the old database whole. */
  readonly salvage: string | null
}

/** Null when no restore is under way. */
export function readMarker(place: Place): RestoreMarker | null {
  const path = markerPath(place)
  const text = readPlainText(path, place.live, 64 * 1024)
  if (text === null) {
    if (lstatOrNull(path) !== null) throw unreadable(path)
    return null
  }
  const marker = parse(text)
  if (marker === null) throw unreadable(path)
  if (marker.formatVersion > markerVersion) {
    throw new BackupError('newer-format', `${path} was written by a newer version of this program`, {
      hint: 'Finish the restore with that version.',
    })
  }
  return marker
}

/** Durable when it returns. */
export function writeMarker(place: Place, marker: RestoreMarker): void {
  const path = markerPath(place)
  try {
    replaceFile(path, `${path}.new`, `${JSON.stringify(marker)}\n`)
    adoptOwner(path, place.folder)
  } catch (error) {
    throw failureFrom(error, `${path} could not be written`)
  }
}

export function dropMarker(place: Place): void {
  const path = markerPath(place)
  try {
    removeFile(path)
    syncFolder(place.folder)
  } catch (error) {
    throw failureFrom(error, `${path} could not be removed`)
  }
}

/** A folder that is moved or restored elsewhere as a whole keeps its meaning. */
export function storedPath(place: Place, path: string): string {
  const below = relative(place.root, path)
  return below.startsWith('..') || isAbsolute(below) ? path : below.split(sep).join('/')
}

export function targetOf(place: Place, marker: RestoreMarker): string {
  return resolve(place.root, marker.target)
}

/**
 * Whether it is a database of this tenant, links resolved. Who may write into a backups folder can make up a marker,
 * and must not have anything else replaced or removed by who puts things in order there.
 */
export function belongsHere({ root, databases }: Place, target: string): boolean {
  const path = resolved(target)
  if (databases.some((database) => resolved(database.path) === path)) return true
  const below = relative(dirname(resolved(join(root, 'name'))), path)
  return below.split(sep)[0] !== '..' && !isAbsolute(below)
}

/** The name itself is not followed. */
function resolved(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return resolve(path)
  }
}

const markerPath = (place: Place) => join(place.folder, ownFiles.restore)

function parse(text: string): RestoreMarker | null {
  try {
    const raw = JSON.parse(text) as RestoreMarker
    const known = ['staging', 'swapping', 'reverting'].includes(raw.phase)
    const whole = known && typeof raw.target === 'string' && /^[\w-]{1,80}$/.test(raw.runId)
    const safe = raw.salvage === null || /^[\w-]{1,120}$/.test(raw.salvage)
    return Number.isInteger(raw.formatVersion) && whole && safe ? raw : null
  } catch {
    return null
  }
}

function unreadable(path: string): BackupError {
  return new BackupError('folder-unsafe', `${path} can’t be understood`, {
    hint: 'It belongs to a restore that was interrupted. See whether files named ".….restoring-…" lie beside the database, put things in order by hand, then remove it.',
  })
}
