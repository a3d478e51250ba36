import { basename, dirname, join } from 'node:path'

/** What a restore lays beside the database that it replaces. */
export interface Beside {
  /** The new database, until it takes the name. */
  readonly staged: string
  /** A second name for the old one, until the new one has been compared. */
  readonly replaced: string
}

/** Bytes of the database's name that are part of the others, so that these are no longer than names may be. */
const nameBytes = 150

/** Hidden names in the same folder: a rename must not leave the file system. */
export function besideOf(target: string, runId: string): Beside {
  const name = Buffer.from(basename(target))
    .subarray(0, nameBytes)
    .toString()
    .replace(/\ufffd+$/u, '')
  const at = (what: string) => join(dirname(target), `.${name}.${what}-${runId}`)
  return { staged: at('restoring'), replaced: at('replaced') }
}

/** What SQLite keeps beside a database. */
export const companionEnds = ['-wal', '-journal', '-shm'] as const
