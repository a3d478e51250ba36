import type { LiveDatabase } from '../engine.ts'
import type { Examined } from '../proof/examine.ts'
import type { ImportRequest } from '../uploading.ts'
import { fileStem, readBackupName, stemOf } from '../vault/names.ts'
import { freeName } from '../vault/publish.ts'
import { type Sidecar, sidecarVersion } from '../vault/sidecar.ts'
import type { FoundUpload } from '../vault/uploads.ts'
import type { RunContext } from './run-in-vault.ts'

/** What lies beside an uploaded file: checked, never proven, because there is nothing to compare it with. */
export function describeUpload(
  { id, fileName, database: chosen, owner, offset }: FoundUpload,
  examined: Examined,
  { trigger }: ImportRequest,
  { place, now }: RunContext,
): Sidecar {
  const checkedAt = now()
  const database = databaseOf(fileName, chosen, place.databases)
  const createdAt = madeAt(fileName, checkedAt)
  return {
    formatVersion: sidecarVersion,
    sequence: 0,
    runId: id,
    name: freeName(place, database || shortened(stemOf(fileName)), createdAt, []),
    database,
    createdAt,
    sizeBytes: offset,
    trigger,
    createdBy: owner.name,
    note: fileName || null,
    sha256: examined.sha256,
    proven: null,
    checked: { at: checkedAt, outcome: 'passed' },
    protected: false,
    appVersion: null,
    snapshot: null,
    foreignKeyViolations: examined.foreignKeyViolations,
    rowCounts: examined.rowCounts,
  }
}

/** As it was chosen, or else as the file's name tells; empty when nothing does. */
export function databaseOf(
  fileName: string,
  chosen: string | null,
  databases: readonly LiveDatabase[],
): string {
  if (chosen !== null && databases.some(({ name }) => name === chosen)) return chosen
  const stem = stemOf(fileName)
  const only = databases.length === 1 ? databases[0] : undefined
  const told = databases.find(({ name, path }) => {
    const file = path.split(/[\\/]/).at(-1) ?? ''
    return name === stem || fileStem(name) === stem || file === fileName || stemOf(file) === stem
  })
  return (told ?? only)?.name ?? ''
}

/** One that bears a name of ours says when it was made; a time that is still to come is not believed. */
function madeAt(fileName: string, now: string): string {
  const told = readBackupName(fileName, [])?.createdAt
  return told !== undefined && told <= now ? told : now
}

/** Characters: the rest of the name is ours. */
const shortened = (stem: string) => [...stem].slice(0, 100).join('')
