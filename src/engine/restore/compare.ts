import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import type { Findings } from '../proof/findings.ts'
import { hashFile } from '../proof/hash.ts'
import { identityOf } from '../vault/files.ts'
import { openImmutable } from '../vault/open-immutable.ts'
import type { Copied } from './copy-file.ts'
import type { Target } from './target.ts'

/**
 * Reads back what lies under the database's name: it must be the staged file, byte for byte, and open. Returns
 * whether an application has begun to write to it already, which says nothing against it.
 */
export async function compare(
  target: Target,
  staged: Copied,
  findings: Findings,
  onProgress: (done: number) => void,
): Promise<{ readonly written: boolean }> {
  try {
    const fd = openSync(target.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const before = fstatSync(fd)
      if (identityOf(before) !== staged.identity) throw different(target, 'another file took its place')
      // From here on nothing can be cancelled.
      const sha256 = await hashFile(fd, { signal: new AbortController().signal, onProgress })
      const after = fstatSync(fd)
      if (sha256 === staged.sha256) expectOpens(target, findings)
      else if (after.mtimeMs === staged.modifiedMs) throw different(target, 'its SHA-256 differs')
      return { written: sha256 !== staged.sha256 }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw failureFrom(error, `The restored database "${target.database.name}" could not be compared`)
  }
}

/** Taken as immutable, so that nothing appears beside it before the application opens it. */
function expectOpens(target: Target, findings: Findings): void {
  const connection = openImmutable(target.path, { cacheKib: 1_024 })
  try {
    const pages = connection.pragma('page_count', { simple: true })
    const version = connection.pragma('schema_version', { simple: true })
    if (pages !== findings.pageCount || version !== findings.schemaVersion)
      throw different(target, `it has ${pages} pages and schema version ${version}`)
  } finally {
    connection.close()
  }
}

function different({ database }: Target, why: string): BackupError {
  return new BackupError(
    'proof-failed',
    `What lies at ${database.path} now is not what was restored: ${why}`,
    {
      hint: 'The disk gives back something else than was written to it. Check it before you go on.',
      details: { database: database.name },
    },
  )
}
