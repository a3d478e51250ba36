import {
  accessSync,
  constants,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { LiveDatabase, Vault } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom } from '../failure.ts'
import { type Identity, liveIdentities, lstatOrNull, syncFolder } from './files.ts'
import { type Holds, ownFiles } from './names.ts'

/** A vault whose folder exists, seen from a worker process. */
export interface Place {
  readonly root: string
  /** Links at the folder itself are resolved: only who owns the place above it can set them. */
  readonly folder: string
  readonly databases: readonly LiveDatabase[]
  readonly live: ReadonlySet<Identity>
  readonly holds: Holds
}

/** Null when there is no folder yet. */
export function findPlace(vault: Vault): Place | null {
  try {
    const folder = realpathSync(vault.folder)
    if (!statSync(folder).isDirectory()) throw notAFolder(vault.folder)
    const { root, databases, holds = 'databases' } = vault
    return { root, folder, databases, live: liveIdentities(databases), holds }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw failureFrom(error, `The backups folder ${vault.folder} could not be opened`)
  }
}

/**
 * Makes the folder when it is missing; the root above it must exist. Its name is on the disk when this returns, and so
 * are the names of all folders that had to be made for it.
 */
export function makePlace(vault: Vault): Place {
  const place = findPlace(vault) ?? makeFolders(vault)
  try {
    if (!wasUsed(place)) syncAbove(place)
  } catch (error) {
    throw failureFrom(error, `The backups folder ${vault.folder} could not be made`)
  }
  return place
}

/** Whoever comes past `makePlace` makes a lock first: without one, a kill may have come before the names were synced. */
function wasUsed(place: Place): boolean {
  return [ownFiles.lock, ownFiles.logLock].some((name) => lstatOrNull(join(place.folder, name)) !== null)
}

/** Syncs the folders in which a folder of ours may be new: all up to the root or, elsewhere, that we can change. */
function syncAbove({ root, folder }: Place): void {
  const { R_OK, W_OK, X_OK } = constants
  for (let at = dirname(folder); allows(at, R_OK | W_OK | X_OK); at = dirname(at)) {
    syncFolder(at)
    if (at === root || at === dirname(at)) return
  }
}

export function isWritable(folder: string): boolean {
  return allows(folder, constants.W_OK | constants.X_OK)
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function makeFolders(vault: Vault): Place {
  try {
    // A root that is not there is a disk that is not mounted: nothing must be written where it should be.
    statSync(vault.root)
    // Asked first, because making several folders at once calls a read-only disk a missing one.
    const above = nearestExisting(vault.folder)
    accessSync(above, constants.W_OK | constants.X_OK)
    mkdirSync(vault.folder, { recursive: true, mode: 0o750 })
    for (let made = vault.folder; made !== above; made = dirname(made)) adoptOwner(made, above)
  } catch (error) {
    throw failureFrom(error, `The backups folder ${vault.folder} could not be made`)
  }
  const made = findPlace(vault)
  if (made === null) throw notAFolder(vault.folder)
  return made
}

/**
 * What root makes belongs to the owner of what lies above, or the application could not use it. Never follows a link
 * at `path`: who may write into a tenant's folder must not be given a file of somebody else.
 */
export function adoptOwner(path: string, above: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(above)
  if (lstatSync(path).uid !== uid) lchownSync(path, uid, gid)
}

/** The folder in which a run prepares its files; made when it is missing. */
export function stagingFolder(place: Place, runId: string): string {
  if (!/^[\w-]{1,80}$/.test(runId)) {
    throw new BackupError('invalid-request', 'The id of a run may hold letters, digits, "-" and "_" only', {
      hint: 'Use a UUID.',
    })
  }
  const partial = makeFolder(partialFolder(place), place.folder)
  return makeFolder(join(partial, runId), place.folder)
}

/** One that root left to itself is given away, too: nobody else could use it. */
function makeFolder(path: string, above: string): string {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  if (lstatSync(path).isDirectory()) adoptOwner(path, above)
  return path
}

/** The folder itself or the first one above it that exists. */
export function nearestExisting(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(at) || dirname(at) === at) return at
  }
}

/** Rejects when something else than a folder of ours has that name. */
export function partialFolder(place: Place): string {
  const path = join(place.folder, ownFiles.partial)
  const stats = lstatOrNull(path)
  if (stats !== null && !stats.isDirectory()) {
    throw new BackupError('folder-unsafe', `${path} is not a folder`, {
      hint: 'Remove it: the program makes its own folder of that name.',
    })
  }
  return path
}

function notAFolder(path: string): BackupError {
  return new BackupError('folder-not-writable', `${path} is not a folder`, {
    hint: 'Remove or rename what lies there, or choose another backups folder.',
  })
}
