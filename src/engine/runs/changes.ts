import type { Backup } from '../backup.ts'
import type { Inspection, Operation, OutboxEntry, Vault } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { findEntry, notFound, readListing } from '../vault/listing.ts'
import { lockFolder } from '../vault/lock.ts'
import { findPlace, type Place } from '../vault/place.ts'
import { unpublish, updateSidecar } from '../vault/publish.ts'
import { readRunLog } from '../vault/run-log.ts'
import { publicFields, type Sidecar, sidecarVersion } from '../vault/sidecar.ts'
import { readFolderState, readStorage } from '../vault/storage.ts'
import { announced } from './apply-retention.ts'

/** An operation, and how long it waits for a run in progress before `busy`. */
export type Change = Operation & { readonly waitMs: number }

/** What lies in the vault, without the lock and without changing anything. */
export async function inspect(vault: Vault): Promise<Inspection> {
  const place = findPlaceOrNull(vault)
  const listing = place === null ? { entries: [], ignored: [] } : await readListing(place)
  const log = place === null ? null : readRunLog(place)
  return {
    backups: listing.entries.map(({ backup, sequence }) => ({ backup, sequence })),
    runs: log?.finished ?? [],
    schedules: log?.schedules ?? [],
    loggedSince: log?.since ?? null,
    storage: readStorage(vault),
    folder: { ...readFolderState(vault), ignored: listing.ignored },
  }
}

/** A file in the place of the folder is shown as a folder that isn't writable, not as an error. */
function findPlaceOrNull(vault: Vault): Place | null {
  try {
    return findPlace(vault)
  } catch (error) {
    if (error instanceof BackupError && error.code === 'folder-not-writable') return null
    throw error
  }
}

export async function remove(vault: Vault, name: string, operation: Change): Promise<Backup> {
  return changeBackup(vault, name, operation, async (place) => {
    const { backup } = findEntry(place, name)
    if (backup.protected) throw isProtected(backup)
    const entry = entryOf(operation, 'backup.delete', backup)
    await announced(place, entry, () => unpublish(place, backup.name))
    return backup
  })
}

export async function protect(
  vault: Vault,
  name: string,
  change: Change & { readonly protected: boolean },
): Promise<Backup> {
  return changeBackup(vault, name, change, async (place) => {
    const found = findEntry(place, name)
    const sidecar: Sidecar = {
      ...(found.sidecar ?? {
        ...found.backup,
        formatVersion: sidecarVersion,
        sequence: 0,
        snapshot: null,
        foreignKeyViolations: null,
        rowCounts: {},
      }),
      protected: change.protected,
    }
    const entry = entryOf(change, change.protected ? 'backup.protect' : 'backup.unprotect', found.backup)
    await announced(place, entry, () => updateSidecar(place, change.id, sidecar))
    return publicFields(sidecar)
  })
}

/** A name that isn't listed is refused without waiting for the lock. */
async function changeBackup(
  vault: Vault,
  name: string,
  operation: Change,
  work: (place: Place) => Promise<Backup>,
): Promise<Backup> {
  const place = findPlace(vault)
  if (place === null) throw notFound()
  findEntry(place, name)
  const lock = await lockFolder(place, operation.id, { waitMs: operation.waitMs })
  try {
    return await work(place)
  } finally {
    lock.release()
  }
}

function entryOf(operation: Operation, action: string, backup: Backup): OutboxEntry {
  return {
    id: operation.id,
    at: operation.now,
    action,
    actor: operation.actor,
    target: backup.name,
    outcome: 'success',
    details: { database: backup.database, createdAt: backup.createdAt, sizeBytes: backup.sizeBytes },
  }
}

function isProtected(backup: Backup): BackupError {
  return new BackupError('protected', `The backup ${backup.name} is protected`, {
    hint: 'Remove its protection first, if it may really go.',
    details: { name: backup.name },
  })
}
