import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { type Identity, identityOf, lstatOrNull } from './files.ts'

/** A file as it was when it was written down. */
export interface KnownFile {
  readonly identity: Identity
  /** Hexadecimal. */
  readonly sha256: string
}

/** Whether the name stands for that file, or for an equal copy: a disk that was restored gives every file a new identity. */
export function isFile(path: string, known: KnownFile): boolean {
  const stats = lstatOrNull(path)
  if (stats === null || !stats.isFile()) return false
  return identityOf(stats) === known.identity || hashOf(path) === known.sha256
}

/** Whether two names stand for the same file or for equal ones. */
export function areSame(one: string, other: string): boolean {
  const [first, second] = [lstatOrNull(one), lstatOrNull(other)]
  if (first === null || second === null || !first.isFile() || !second.isFile()) return false
  if (identityOf(first) === identityOf(second)) return true
  return first.size === second.size && hashOf(one) === hashOf(other)
}

function hashOf(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    const hash = createHash('sha256')
    const piece = Buffer.allocUnsafe(1024 * 1024)
    for (let done = 0; ; ) {
      const read = readSync(fd, piece, 0, piece.length, done)
      if (read === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, read))
      done += read
    }
  } finally {
    closeSync(fd)
  }
}
