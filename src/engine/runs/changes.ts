import type { Backup } from '../backup.ts'
import type { IgnoredName, Inspection, Operation, OutboxEntry, Vault } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import { findEntry, type Listing, notFound, readListing } from '../vault/listing.ts'
import { lockFolder } from '../vault/lock.ts'
import { ownFiles } from '../vault/names.ts'
import { findPlace, type Place } from '../vault/place.ts'
import { unpublish, updateSidecar } from '../vault/publish.ts'
import { readRunLog, type StartedRun } from '../vault/run-log.ts'
import { publicFields, type Sidecar, sidecarVersion } from '../vault/sidecar.ts'
import { readFolderState, readStorage } from '../vault/storage.ts'
import { readWaiting, restoreWaiting } from '../vault/waiting-restore.ts'
import { announced } from './apply-retention.ts'

/** An operation, and how long it waits for a run in progress before `busy`. */
export type Change = Operation & { readonly waitMs: number }

/** What lies in the vault, without the lock and without changing anything. */
export async function inspect(vault: Vault): Promise<Inspection> {
  const ignored: IgnoredName[] = []
  const place = await readable(() => findPlace(vault), null)
  const listing =
    place === null ? noListing : await readable(() => readListing(place), noListing, '.', ignored)
  const log = place === null ? null : await readable(() => readRunLog(place), null, ownFiles.runs, ignored)
  return {
    backups: listing.entries.map(({ backup, sequence }) => ({ backup, sequence })),
    runs: log?.finished ?? [],
    schedules: log?.schedules ?? [],
    loggedSince: log?.since ?? null,
    waiting: place === null || log === null ? null : waitingIn(place, log.open),
    storage: readStorage(vault),
    folder: { ...readFolderState(vault), ignored: [...ignored, ...listing.ignored] },
  }
}

/** Null also when its run is in no log: nothing would be left to tell how it ended. */
function waitingIn(place: Place, open: readonly StartedRun[]): Inspection['waiting'] {
  const waiting = readWaiting(place)
  const started = open.find(({ run }) => run.id === waiting?.runId)
  if (waiting === null || started === undefined) return null
  const { name, database, actor, appVersion, begun } = waiting
  return {
    run: { ...started.run, backups: [name], status: 'queued', stage: 'waiting' },
    name,
    database,
    actor,
    appVersion,
    begun,
  }
}

const noListing: Listing = { entries: [], ignored: [] }

/** What may not be read, or is no folder, is said beside the rest and not instead of it. */
async function readable<T>(
  read: () => T | Promise<T>,
  otherwise: T,
  name = '',
  ignored: IgnoredName[] = [],
): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    const error = failureFrom(cause, 'The backups folder could not be read')
    if (error.code !== 'folder-not-writable') throw error
    if (name !== '') ignored.push({ name, reason: 'unreadable' })
    return otherwise
  }
}

export async function remove(vault: Vault, name: string, operation: Change): Promise<Backup> {
  return changeBackup(vault, name, operation, async (place) => {
    const { backup } = findEntry(place, name)
    if (readWaiting(place)?.name === backup.name) throw restoreWaiting()
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
