import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Backup } from '../backup.ts'
import type { LiveDatabase } from '../engine.ts'
import { failureFrom, isMissing } from '../failure.ts'
import type { BackupChoice, RestoreRequest } from '../restoring.ts'
import {
  type Identity,
  identityOf,
  liveIdentities,
  lstatOrNull,
  readPlainText,
  unsafeReason,
} from '../vault/files.ts'
import { type Entry, findEntry, notFound } from '../vault/listing.ts'
import { sidecarName } from '../vault/names.ts'
import { findPlace, type Place } from '../vault/place.ts'
import { publicFields, readSidecar, type Sidecar, sidecarLimit } from '../vault/sidecar.ts'
import { readHeader } from './header.ts'
import { fileMissing, fileUnsafe } from './refusals.ts'

/** A backup that was found, and not yet looked into. */
export interface ChosenBackup {
  readonly name: string
  readonly path: string
  readonly sizeBytes: number
  readonly identity: Identity
  /** What the list, or a sidecar beside it, says of it. */
  readonly backup: Backup
  /** Null when nothing is known of what it was taken from. */
  readonly snapshot: Sidecar['snapshot']
  readonly rowCounts: Readonly<Record<string, number>>
  /** `user_version`, as its header says; null for what is no database. */
  readonly userVersion: number | null
  /** Null for a file that lies elsewhere. */
  readonly entry: Entry | null
}

/** `not-found` for a name that isn't listed; `source-unsafe` for a file that can't be a backup. */
export function findChosen(choice: BackupChoice, place: Place | null, database: LiveDatabase): ChosenBackup {
  const live = new Set([...(place?.live ?? []), ...liveIdentities([database])])
  const found = 'file' in choice ? findFile(resolve(choice.file), live) : findListed(choice.listed, place)
  const { fd, stats } = openChosen(found, live)
  try {
    if (found.snapshot === null) expectNothingBeside(found.path)
    return { ...found, sizeBytes: stats.size, userVersion: readHeader(fd)?.userVersion ?? null }
  } finally {
    closeSync(fd)
  }
}

/** Whether it lies outside the list, or nothing is known of what it was taken from. */
export const isFromElsewhere = ({ entry, snapshot }: ChosenBackup) => entry === null || snapshot === null

/** Its name when it is one of the list. A name that isn't is refused before a run begins: `not-found`. */
export function listedIn({ from, vault }: Pick<RestoreRequest, 'from' | 'vault'>): readonly string[] {
  if ('file' in from) return []
  const place = findPlace(vault)
  if (place === null) throw notFound()
  return [findEntry(place, from.listed).backup.name]
}

/** Opens it for reading, if it is still what was found. */
export function openChosen(
  { path, identity }: Pick<ChosenBackup, 'path' | 'identity'>,
  live: ReadonlySet<Identity>,
): { readonly fd: number; readonly stats: Stats } {
  if (live.has(identity)) throw unsafeFile(path, 'live-database')
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  const stats = fstatSync(fd)
  if (stats.isFile() && identityOf(stats) === identity) return { fd, stats }
  closeSync(fd)
  throw fileUnsafe(path, 'was replaced meanwhile', 'Something else works with it. Try again.')
}

type Found = Omit<ChosenBackup, 'sizeBytes' | 'userVersion'>

function findListed(name: string, place: Place | null): Found {
  if (place === null) throw notFound()
  const entry = findEntry(place, name)
  const { backup, identity, sidecar } = entry
  const path = join(place.folder, backup.name)
  return { name: backup.name, path, identity, backup, entry, ...knownFrom(sidecar) }
}

/** A second name does no harm here, as other backup programs make them: nobody's locks are lost in this process. */
function findFile(path: string, live: ReadonlySet<Identity>): Found {
  const stats = lookAt(path)
  const reason = unsafeReason(stats, live)
  if (reason !== null && reason !== 'several-names') throw unsafeFile(path, reason)
  const name = basename(path)
  const sidecar = sidecarBeside(path, stats)
  const backup = sidecar === null ? describeForeign(name, stats) : publicFields(sidecar)
  return { name, path, identity: identityOf(stats), backup, entry: null, ...knownFrom(sidecar) }
}

const knownFrom = (sidecar: Sidecar | null) => ({
  snapshot: sidecar?.snapshot ?? null,
  rowCounts: sidecar?.rowCounts ?? {},
})

function lookAt(path: string): Stats {
  try {
    return lstatSync(path)
  } catch (error) {
    if (isMissing(error)) throw fileMissing(path)
    throw failureFrom(error, `${path} could not be looked at`)
  }
}

/** Null unless it fits the file. */
function sidecarBeside(path: string, stats: Stats): Sidecar | null {
  const text = readPlainText(sidecarName(path), new Set(), sidecarLimit)
  const sidecar = text === null ? 'broken-sidecar' : readSidecar(text)
  if (typeof sidecar === 'string') return null
  return sidecar.sizeBytes === stats.size && sidecar.name === basename(path) ? sidecar : null
}

function describeForeign(name: string, stats: Stats): Backup {
  return {
    name,
    database: '',
    runId: null,
    createdAt: stats.mtime.toISOString(),
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
}

const reasons = {
  link: 'is a symbolic link',
  'not-a-file': 'is not a file',
  'live-database': 'is the live database itself, or belongs to it',
  'several-names': 'has several names',
} as const

function unsafeFile(path: string, reason: keyof typeof reasons) {
  return fileUnsafe(path, reasons[reason], 'A backup is a plain file. Name the file itself.')
}

/** What lies in a log is missing in the file; a plain copy of a database that was in use looks like this. */
function expectNothingBeside(path: string): void {
  for (const end of ['-wal', '-journal']) {
    if ((lstatOrNull(path + end)?.size ?? 0) === 0) continue
    throw fileUnsafe(
      path,
      `has a ${end} beside it: it is no finished backup, its last changes lie in there`,
      `Make one of it with "automate-backup create --db ${basename(path)} --to FOLDER", and restore that.`,
    )
  }
}
