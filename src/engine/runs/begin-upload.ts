import type { Vault } from '../engine.ts'
import { BackupError } from '../errors.ts'
import type { Upload, UploadOrder } from '../uploading.ts'
import { readListing } from '../vault/listing.ts'
import { lockFolder, withLogLock } from '../vault/lock.ts'
import { makePlace, type Place } from '../vault/place.ts'
import { freeBytes, usedBytes } from '../vault/storage.ts'
import { hasExpired, sweepUploads } from '../vault/sweep-uploads.ts'
import { type FoundUpload, makeUpload, readUploads, spareBytes } from '../vault/uploads.ts'

/** Uploads of one tenant at a time. */
const mostOpen = 5

/** Makes room for one upload, or says why there is none: limits, space, and how many there are already. */
export async function beginUpload(vault: Vault, order: UploadOrder): Promise<Upload> {
  const place = makePlace(vault)
  await sweepIfFree(place, order)
  const { entries } = await readListing(place)
  const { maxCount } = order.limits
  if (maxCount !== null && entries.length >= maxCount) throw tooManyBackups(entries.length, maxCount)
  return withLogLock(place, () => {
    const open = readUploads(place)
    if (open.length >= mostOpen) throw tooManyUploads(open.length)
    return withoutPrivate(makeUpload(place, order, expectRoom(place, open, order)))
  })
}

/** What is known of an upload outside of the vault. */
export function withoutPrivate(upload: FoundUpload): Upload {
  const { id, owner, fileName, database, fingerprint, metadata, sizeBytes } = upload
  const { offset, createdAt, expiresAt } = upload
  return { id, owner, fileName, database, fingerprint, metadata, sizeBytes, offset, createdAt, expiresAt }
}

/** What has expired makes room; while a run holds the lock it is the run that sweeps. */
async function sweepIfFree(place: Place, { id, now }: UploadOrder): Promise<void> {
  if (!hasExpired(place, now)) return
  const lock = await lockFolder(place, id, { waitMs: 0 }).catch((error: unknown) => {
    if (error instanceof BackupError && error.code === 'busy') return null
    throw error
  })
  if (lock === null) return
  try {
    await sweepUploads(place, now)
  } finally {
    lock.release()
  }
}

/** Most bytes that the upload may have; null for no limit. What the others will still bring is counted in. */
function expectRoom(place: Place, open: readonly FoundUpload[], order: UploadOrder): number | null {
  const { limits } = order
  const size = order.sizeBytes ?? 0
  const coming = open.reduce((sum, { sizeBytes, offset }) => sum + Math.max(0, (sizeBytes ?? 0) - offset), 0)
  if (limits.maxUploadBytes !== null && size > limits.maxUploadBytes)
    throw tooLarge(size, limits.maxUploadBytes)
  const left = limits.maxBytes === null ? null : limits.maxBytes - usedBytes(place.folder) - coming
  if (left !== null && (size > left || left <= 0))
    throw limitReached(size - left + limits.maxBytes!, limits.maxBytes!)
  const free = freeBytes(place.folder) - coming
  if (free < size + spareBytes) throw diskFull(size + spareBytes, Math.max(0, free))
  return order.sizeBytes ?? least(limits.maxUploadBytes, left)
}

function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

function tooManyBackups(count: number, max: number): BackupError {
  return new BackupError('limit-reached', `There are ${count} backups, and the operator allows ${max}`, {
    hint: 'Delete what is no longer needed, or ask the operator for more.',
    details: { count, max },
  })
}

function tooManyUploads(count: number): BackupError {
  return new BackupError('too-many-uploads', `${count} uploads are open already`, {
    hint: 'Finish or cancel one of them. One that is not finished goes after 24 hours.',
    details: { count },
  })
}

function tooLarge(size: number, max: number): BackupError {
  return new BackupError('upload-too-large', `The file has ${size} bytes, and the operator allows ${max}`, {
    hint: 'Ask the operator for a higher limit.',
    details: { size, max },
  })
}

export function limitReached(after: number, limit: number): BackupError {
  return new BackupError('limit-reached', `With this file the folder would hold ${after} of ${limit} bytes`, {
    hint: 'Delete old backups, or ask the operator for a higher limit.',
    details: { after, limit },
  })
}

function diskFull(needed: number, free: number): BackupError {
  return new BackupError('disk-full', `The upload needs ${needed} bytes, but only ${free} are free`, {
    hint: 'Free some space, delete old backups, or keep the backups on a bigger disk.',
    details: { neededBytes: needed, freeBytes: free },
  })
}
