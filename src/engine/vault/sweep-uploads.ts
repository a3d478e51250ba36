import { join } from 'node:path'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import { record } from './audit-outbox.ts'
import { removeTree } from './files.ts'
import { withLogLock } from './lock.ts'
import type { Place } from './place.ts'
import { descriptions, readDescription, removeUpload, strays, uploadsFolder } from './uploads.ts'

/** Milliseconds that a clock may have been wrong: an upload from further ahead was dated by one that was. */
const aheadMs = 48 * 60 * 60 * 1000

/** Whether anything is there that `sweepUploads` would take. */
export function hasExpired(place: Place, now: string): boolean {
  const folder = uploadsFolder(place)
  return folder !== null && expired(place, folder, now).length > 0
}

/**
 * Removes uploads whose time is over, telling the audit log of each once, and whatever else lies there and is none.
 * Needs the folder's lock.
 */
export async function sweepUploads(place: Place, now: string): Promise<void> {
  const folder = uploadsFolder(place)
  if (folder === null) return
  for (const id of expired(place, folder, now)) await expire(place, id, now)
  try {
    await withLogLock(place, () => {
      for (const name of strays(place, folder)) removeTree(join(folder, name))
    })
  } catch (error) {
    throw failureFrom(error, `${folder} could not be swept`)
  }
}

function expired(place: Place, folder: string, now: string): readonly string[] {
  const at = Date.parse(now)
  return descriptions(folder).filter((id) => {
    const end = Date.parse(readDescription(place, id)?.expiresAt ?? '')
    return end <= at || end > at + aheadMs
  })
}

/** The entry goes first: a kill between the two writes the same one again, and an entry's id counts once. */
async function expire(place: Place, id: string, now: string): Promise<void> {
  const { owner, fileName } = readDescription(place, id) ?? { owner: null, fileName: '' }
  const { code, message } = tooOld()
  const entry = { id, at: now, action: 'backup.upload', actor: owner, target: fileName }
  await record(place, { ...entry, outcome: 'failure', details: { code, message } }).catch(() => {
    // A full disk: room matters more than the entry.
  })
  removeUpload(place, id)
}

function tooOld(): BackupError {
  return new BackupError('timed-out', 'The upload was not finished within 24 hours', {
    hint: 'Upload the file again.',
  })
}
