import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'

/** Bytes; a larger file of that name is no sidecar. */
const limit = 1024 * 1024

/**
 * The path of the original, relative to the tenant root, as the sidecar beside a backup says. Null when there is none,
 * or when it leads out of the root: who may write into a backups folder must not choose what is replaced elsewhere.
 */
export function originOf(file: string): string | null {
  try {
    const fd = openSync(`${file}.json`, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = fstatSync(fd)
      if (!stats.isFile() || stats.size > limit) return null
      const path: unknown = JSON.parse(readFileSync(fd, 'utf8')).snapshot?.original?.path
      return typeof path === 'string' && staysBelow(path) ? path : null
    } finally {
      closeSync(fd)
    }
  } catch {
    // Nothing is known of it then.
    return null
  }
}

const staysBelow = (path: string) =>
  path !== '' && !isAbsolute(path) && !path.includes('\0') && !path.split(/[/\\]/).includes('..')
