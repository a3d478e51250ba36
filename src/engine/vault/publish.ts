import { chmodSync, linkSync, readdirSync, renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, failureFrom } from '../failure.ts'
import { lstatOrNull, removeFile, removeTree, replaceFile, syncFolder, writeNewFile } from './files.ts'
import { unlessLogsAreInUse } from './lock.ts'
import { backupName, ownFiles, sidecarName } from './names.ts'
import { adoptOwner, type Place, partialFolder, stagingFolder } from './place.ts'
import { type Sidecar, writeSidecar } from './sidecar.ts'

/** A proven copy that waits for its name. */
export interface Staged {
  readonly folder: string
  /** Of the data file, synced, inside `folder`. */
  readonly path: string
  readonly sidecar: Sidecar
}

/** A name that neither a backup nor a stray sidecar bears. Needs the folder's lock. */
export function freeName(
  place: Place,
  database: string,
  createdAt: string,
  taken: readonly string[],
): string {
  return backupName(database, createdAt, (name) => taken.includes(name) || isTaken(place, name))
}

/** Whether a backup or a stray sidecar bears that name. */
export function isTaken(place: Place, name: string): boolean {
  return [name, sidecarName(name)].some((one) => lstatOrNull(join(place.folder, one)) !== null)
}

/**
 * Makes a staged copy visible. The sidecar comes first, so that data never stands without it; giving the data its
 * name is the commit point. Needs the folder's lock.
 */
export function publish(place: Place, staged: Staged): void {
  const { name, snapshot } = staged.sidecar
  const sidecar = join(staged.folder, sidecarName(name))
  try {
    chmodSync(staged.path, 0o600 | ((snapshot?.original.mode ?? 0) & 0o644))
    adoptOwner(staged.path, place.folder)
    writeNewFile(sidecar, writeSidecar(staged.sidecar), 0o600)
    adoptOwner(sidecar, place.folder)
    syncFolder(staged.folder)
    renameSync(sidecar, join(place.folder, sidecarName(name)))
    syncFolder(place.folder)
    moveWithoutReplacing(staged.path, join(place.folder, name))
    syncFolder(place.folder)
  } catch (error) {
    throw failureFrom(error, `The backup ${name} could not be published`)
  }
}

/** A plain rename would replace a file that an operator has just put there. */
function moveWithoutReplacing(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    // Some file systems know no links; the name was free a moment ago, under the lock.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(codeOf(error))) throw error
    renameSync(from, to)
    return
  }
  unlinkSync(from)
}

/** Replaces the sidecar of a listed backup. Needs the folder's lock. */
export function updateSidecar(place: Place, runId: string, sidecar: Sidecar): void {
  const target = join(place.folder, sidecarName(sidecar.name))
  try {
    const folder = stagingFolder(place, runId)
    replaceFile(target, join(folder, 'sidecar.json'), writeSidecar(sidecar))
    adoptOwner(target, place.folder)
    removeTree(folder)
  } catch (error) {
    throw failureFrom(error, `The sidecar of ${sidecar.name} could not be written`)
  }
}

/** Data first: a sidecar alone is swept, data alone would be taken for an import. Needs the folder's lock. */
export function unpublish(place: Place, name: string): void {
  try {
    unlinkSync(join(place.folder, name))
    syncFolder(place.folder)
    removeFile(join(place.folder, sidecarName(name)))
    syncFolder(place.folder)
  } catch (error) {
    throw failureFrom(error, `The backup ${name} could not be deleted`)
  }
}

/** Removes what runs have prepared and not published. Needs the folder's lock: it belongs to no living run then. */
export async function sweepStaged(place: Place): Promise<void> {
  const partial = partialFolder(place)
  try {
    if (lstatOrNull(partial) === null) return
    for (const name of readdirSync(partial)) removeTree(join(partial, name))
    for (const name of [ownFiles.sequence, ownFiles.restore, ownFiles.waiting])
      removeFile(rewritten(place, name))
    await sweepRewritten(place)
  } catch (error) {
    throw failureFrom(error, `${partial} could not be emptied`)
  }
}

const rewritten = (place: Place, name: string) => join(place.folder, `${name}.new`)

/** A log that is being written anew belongs to whoever holds the log lock, which no run does for long. */
async function sweepRewritten(place: Place): Promise<void> {
  const left = [ownFiles.runs, ownFiles.audit].map((name) => rewritten(place, name))
  if (left.every((path) => lstatOrNull(path) === null)) return
  await unlessLogsAreInUse(place, () => {
    for (const path of left) removeFile(path)
  })
}
