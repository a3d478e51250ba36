import type { Vault } from '../engine.ts'
import { BackupError } from '../errors.ts'
import type { LocatedUpload, UploadEnd } from '../uploading.ts'
import { record } from '../vault/audit-outbox.ts'
import { findPlace } from '../vault/place.ts'
import { readRunLog } from '../vault/run-log.ts'
import { readUpload, removeUpload, spareBytes, uploadPath } from '../vault/uploads.ts'
import { withoutPrivate } from './begin-upload.ts'

/** Throws `not-found` for every id that is no upload, whatever it holds. */
export function findUpload(vault: Vault, id: string): LocatedUpload {
  const place = findPlace(vault)
  const found = place === null ? null : readUpload(place, id)
  if (place === null || found === null) throw noUpload()
  const { identity, mostBytes } = found
  return { upload: withoutPrivate(found), path: uploadPath(place, id), identity, mostBytes, spareBytes }
}

/**
 * Removes an upload that becomes no backup, and says so in the audit log. The entry goes first: a kill between the two
 * lets it expire, and an entry's id counts once. `not-found`, and `upload-locked` while it is being checked.
 */
export async function dropUpload(vault: Vault, id: string, { now, actor, error }: UploadEnd): Promise<void> {
  const place = findPlace(vault)
  const found = place === null ? null : readUpload(place, id)
  if (place === null || found === null) throw noUpload()
  if (readRunLog(place).open.some(({ run }) => run.id === id)) throw beingChecked()
  const { code, message } = error
  const outcome = code === 'cancelled' ? 'cancelled' : 'failure'
  const details = { code, message }
  await record(place, {
    id,
    at: now,
    action: 'backup.upload',
    actor,
    target: found.fileName,
    outcome,
    details,
  })
  removeUpload(place, id)
}

function beingChecked(): BackupError {
  return new BackupError('upload-locked', 'The upload is whole and is being checked', {
    hint: 'Cancel its run instead, or delete the backup afterwards.',
  })
}

export function noUpload(): BackupError {
  return new BackupError('not-found', 'There is no such upload', {
    hint: 'It may be finished, cancelled, or older than 24 hours. Look at the list, or upload the file again.',
  })
}
