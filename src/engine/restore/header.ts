import { readSync } from 'node:fs'

/** The first 100 bytes of a database, as SQLite documents them. */
const headerBytes = 100
const magic = 'SQLite format 3\0'
const writeVersionAt = 18
const readVersionAt = 19
const userVersionAt = 60
const versions = { delete: 1, wal: 2 } as const

export type FileMode = keyof typeof versions

export interface Header {
  /** `wal` also when no log lies beside it just now. */
  readonly mode: FileMode
  readonly userVersion: number
}

/** Null for what does not begin like a database. */
export function readHeader(fd: number): Header | null {
  const bytes = Buffer.alloc(headerBytes)
  if (readSync(fd, bytes, 0, headerBytes, 0) < headerBytes) return null
  if (bytes.toString('latin1', 0, magic.length) !== magic) return null
  const wal = bytes[writeVersionAt] === versions.wal || bytes[readVersionAt] === versions.wal
  return { mode: wal ? 'wal' : 'delete', userVersion: bytes.readInt32BE(userVersionAt) }
}

/**
 * A database that nobody has open changes its mode with these two bytes: that is all that SQLite itself changes, but
 * for a counter. Done so, no `-wal` or `-shm` ever lies beside the staged file.
 */
export function setMode(first: Buffer, mode: FileMode): void {
  first[writeVersionAt] = versions[mode]
  first[readVersionAt] = versions[mode]
}
