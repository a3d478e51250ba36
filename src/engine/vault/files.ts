import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { LiveDatabase } from '../engine.ts'
import { isMissing } from '../failure.ts'

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

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
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
  rmSync(temporary, { force: true })
  try {
    writeNewFile(temporary, text)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(dirname(target))
}
