import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { Backup } from '../backup.ts'
import type { IgnoredName, ListedBackup } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, isMissing } from '../failure.ts'
import { type Identity, identityOf, lstatOrNull, readPlainText, unsafeReason } from './files.ts'
import { isBackupName, readBackupName, sidecarName } from './names.ts'
import type { Place } from './place.ts'
import { publicFields, readSidecar, type Sidecar, sidecarLimit } from './sidecar.ts'

/** A listed backup with what its sidecar knows beyond the list; `sidecar` is null for an imported one without. */
export interface Entry extends ListedBackup {
  readonly sidecar: Sidecar | null
  /** What lay under the name when it was listed. */
  readonly identity: Identity
}

export interface Listing {
  /** Newest first. */
  readonly entries: readonly Entry[]
  readonly ignored: readonly IgnoredName[]
}

/** Entries read in one go before other work of the process gets its turn. */
const batch = 200

/** What lies in the folder, by looking. Names that vanish meanwhile are not in it. */
export async function readListing(place: Place): Promise<Listing> {
  const entries: Entry[] = []
  const ignored: IgnoredName[] = []
  let count = 0
  for (const name of readNames(place)) {
    const found = readEntry(place, name)
    if (found.entry) entries.push(found.entry)
    if (found.ignored) ignored.push({ name, reason: found.ignored })
    if (++count % batch === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { entries: newestFirst(entries), ignored }
}

/**
 * The listed backup of that name. `not-found` for every other name, whatever it holds: it is compared with the names
 * in the folder and never made part of a path.
 */
export function findEntry(place: Place, name: string): Entry {
  const known = readNames(place).find((candidate) => candidate === name)
  if (known === undefined) throw notFound()
  const { entry, trouble } = readEntry(place, known)
  if (trouble !== undefined) throw failureFrom(trouble, `The backup ${known} could not be looked at`)
  if (entry === undefined) throw notFound()
  return entry
}

export function notFound(): BackupError {
  return new BackupError('not-found', 'There is no backup of that name', {
    hint: 'Look at the list again: it may have been removed meanwhile.',
  })
}

function readNames(place: Place): readonly string[] {
  try {
    return readdirSync(place.folder).filter((name) => isBackupName(name, place.holds))
  } catch (error) {
    if (isMissing(error)) return []
    throw failureFrom(error, `The backups folder ${place.folder} could not be read`)
  }
}

interface Found {
  readonly entry?: Entry
  readonly ignored?: IgnoredName['reason']
  /** What kept it from being looked at. */
  readonly trouble?: unknown
}

function readEntry(place: Place, name: string): Found {
  try {
    const stats = lstatSync(join(place.folder, name))
    const reason = unsafeReason(stats, place.live)
    return reason === null ? readWithSidecar(place, name, stats) : { ignored: reason }
  } catch (error) {
    if (isMissing(error)) return {}
    return { ignored: 'unreadable', trouble: error }
  }
}

function readWithSidecar(place: Place, name: string, stats: Stats): Found {
  const path = join(place.folder, sidecarName(name))
  const identity = identityOf(stats)
  const text = readPlainText(path, place.live, sidecarLimit)
  if (text === null) {
    const entry = { ...imported(place, name, stats), identity }
    return lstatOrNull(path) === null ? { entry } : { entry, ignored: 'broken-sidecar' }
  }
  const sidecar = readSidecar(text)
  if (sidecar === 'newer-format') return { ignored: sidecar }
  if (sidecar === 'broken-sidecar' || sidecar.name !== name || sidecar.sizeBytes !== stats.size) {
    return { entry: { ...imported(place, name, stats), identity }, ignored: 'broken-sidecar' }
  }
  return { entry: { backup: publicFields(sidecar), sequence: sidecar.sequence, sidecar, identity } }
}

function imported(place: Place, name: string, stats: Stats): Omit<Entry, 'identity'> {
  const told = readBackupName(name, place.databases)
  const backup: Backup = {
    name,
    database: told?.database ?? '',
    runId: null,
    createdAt: told?.createdAt ?? stats.mtime.toISOString(),
    sizeBytes: stats.size,
    trigger: 'imported',
    createdBy: null,
    note: null,
    sha256: null,
    proven: null,
    checked: null,
    protected: false,
    appVersion: null,
  }
  return { backup, sequence: 0, sidecar: null }
}

/** Ours in the order of making; imported ones, which have none, are put between them by their time. */
function newestFirst(entries: readonly Entry[]): Entry[] {
  const ours = entries
    .filter(({ sequence }) => sequence > 0)
    .sort((a, b) => b.sequence - a.sequence || byTime(a, b))
  const imported = entries.filter(({ sequence }) => sequence === 0).sort(byTime)
  const merged: Entry[] = []
  while (ours.length > 0 && imported.length > 0) {
    merged.push(byTime(ours[0]!, imported[0]!) <= 0 ? ours.shift()! : imported.shift()!)
  }
  return [...merged, ...ours, ...imported]
}

/** Newest first; equal times by name, so that the order is always the same. */
function byTime(a: Entry, b: Entry): number {
  return compare(b.backup.createdAt, a.backup.createdAt) || compare(b.backup.name, a.backup.name)
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
