import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { LiveDatabase } from '../engine.ts'
import { codeOf, failureFrom, isMissing } from '../failure.ts'

/** Device and inode: what a file is, whatever it is called. */
export type Identity = string

export const identityOf = (stats: Pick<Stats, 'dev' | 'ino'>): Identity => `${stats.dev}:${stats.ino}`

/** Why a name in the backups folder is not touched. */
export type UnsafeReason = 'link' | 'not-a-file' | 'several-names' | 'live-database'

/**
 * The files that a running application has open. Opening and closing any of them, under whatever name, would drop the
 * locks that SQLite holds on it in the same process.
 */
export function liveIdentities(databases: readonly LiveDatabase[]): ReadonlySet<Identity> {
  const paths = databases.flatMap(({ path }) => ['', '-wal', '-shm', '-journal'].map((end) => path + end))
  return new Set(paths.flatMap((path) => statOrNull(path) ?? []).map(identityOf))
}

/** Only what is missing is no danger: when a database can't be looked at, nothing can be told apart from it. */
function statOrNull(path: string): Stats | null {
  try {
    return statSync(path)
  } catch (error) {
    if (isMissing(error) || codeOf(error) === 'ENOTDIR') return null
    throw failureFrom(error, `${path} could not be looked at`)
  }
}

/** Null when nothing has that name. */
export function lstatOrNull(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

export function unsafeReason(stats: Stats, live: ReadonlySet<Identity>): UnsafeReason | null {
  if (stats.isSymbolicLink()) return 'link'
  if (!stats.isFile()) return 'not-a-file'
  if (live.has(identityOf(stats))) return 'live-database'
  return stats.nlink === 1 ? null : 'several-names'
}

/**
 * Opens a plain file of the folder for reading, or returns why not. Looks before it opens, because already opening
 * and closing a hard link of a live database would harm it, and after, because the name may have changed meanwhile.
 */
export function openPlainFile(
  path: string,
  live: ReadonlySet<Identity>,
): { readonly fd: number; readonly stats: Stats } | UnsafeReason {
  const reason = unsafeReason(lstatSync(path), live)
  if (reason !== null) return reason
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  const stats = fstatSync(fd)
  const late = unsafeReason(stats, live)
  if (late === null) return { fd, stats }
  closeSync(fd)
  return late
}

/** The whole text of a small plain file; null when it is missing, no plain file, or larger than `limit` bytes. */
export function readPlainText(path: string, live: ReadonlySet<Identity>, limit: number): string | null {
  try {
    const opened = openPlainFile(path, live)
    if (typeof opened === 'string') return null
    try {
      return opened.stats.size > limit ? null : readFileSync(opened.fd, 'utf8')
    } finally {
      closeSync(opened.fd)
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Whether a file could not be given a second name because the file system knows none, or it is another one. */
export const isWithoutLinks = (error: unknown) =>
  ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(codeOf(error))

/** Succeeds when nothing has that name. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** Removes what has that name with everything in it, never following a link. Node's own `rm` hides error codes. */
export function removeTree(path: string): void {
  if (lstatOrNull(path)?.isDirectory() === true) {
    for (const name of readdirSync(path)) removeTree(join(path, name))
    rmdirSync(path)
  } else {
    removeFile(path)
  }
}

/** Windows has no way to sync a folder; its file systems journal names themselves. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0))
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Writes a new file and syncs it. Rejects when the name exists. */
export function writeNewFile(path: string, text: string, mode = 0o600): void {
  const fd = openSync(path, 'wx', mode)
  try {
    writeFileSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Replaces a file so that it is, after a kill or a power failure too, wholly the old or wholly the new one. */
export function replaceFile(target: string, temporary: string, text: string): void {
  removeFile(temporary)
  try {
    writeNewFile(temporary, text)
    renameSync(temporary, target)
  } catch (error) {
    removeFile(temporary)
    throw error
  }
  syncFolder(dirname(target))
}
