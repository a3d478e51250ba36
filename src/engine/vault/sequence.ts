import { join } from 'node:path'
import { failureFrom } from '../failure.ts'
import { readPlainText, replaceFile } from './files.ts'
import type { Listing } from './listing.ts'
import { ownFiles } from './names.ts'
import { adoptOwner, type Place } from './place.ts'
import { isSequence, mostSequences } from './sidecar.ts'

/**
 * The next number in the order of making. It is durable before it is returned, so that it is never given twice, also
 * when the backup that bears it is deleted or its run is killed. Needs the folder's lock.
 */
export function nextSequence(place: Place, listing: Listing): number {
  const path = join(place.folder, ownFiles.sequence)
  const stored = Number.parseInt(readPlainText(path, place.live, 64) ?? '', 10)
  const known = listing.entries.map(({ sequence }) => sequence)
  const last = known.reduce((most, one) => Math.max(most, one), isSequence(stored) ? stored : 0)
  // Where somebody has made up the last number there is, backups share it: one beyond would not be believed.
  const next = Math.min(last + 1, mostSequences)
  try {
    replaceFile(path, `${path}.new`, `${next}\n`)
    adoptOwner(path, place.folder)
  } catch (error) {
    throw failureFrom(error, `${path} could not be written`)
  }
  return next
}
