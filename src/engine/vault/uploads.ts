import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs'
import { join } from 'node:path'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom } from '../failure.ts'
import type { Upload, UploadOrder } from '../uploading.ts'
import {
  type Identity,
  identityOf,
  lstatOrNull,
  readPlainText,
  removeTree,
  syncFolder,
  unsafeReason,
  writeNewFile,
} from './files.ts'
import { ownFiles } from './names.ts'
import { adoptOwner, type Place } from './place.ts'

const uploadVersion = 1
/** Milliseconds: an upload that is not whole by then goes. */
export const uploadLifeMs = 24 * 60 * 60 * 1000
/** Bytes that stay free on the disk whatever is uploaded: the application needs some, too. */
export const spareBytes = 32 * 1024 * 1024
const descriptionLimit = 64 * 1024
const isId = (text: string) => /^[0-9a-f-]{36}$/.test(text)

/** An upload as it lies in `.uploads`: `<id>` has its bytes, `<id>.json` says what it is. */
export interface StoredUpload extends Omit<Upload, 'offset'> {
  readonly formatVersion: typeof uploadVersion
  /** The data file as it was made: anything else under its name is never opened, written or published. */
  readonly identity: Identity
  /** Most bytes that it may have; null for no limit. */
  readonly mostBytes: number | null
}

export type FoundUpload = StoredUpload & Pick<Upload, 'offset'>

/** Null when there is no such folder. Rejects when something else has that name: a link there is never followed. */
export function uploadsFolder(place: Place): string | null {
  const path = join(place.folder, ownFiles.uploads)
  const stats = lstatOrNull(path)
  if (stats === null) return null
  if (stats.isDirectory()) return path
  throw new BackupError('folder-unsafe', `${path} is not a folder`, {
    hint: 'Remove it: the program makes its own folder of that name.',
  })
}

/** Every upload that is whole and sound so far, oldest first. */
export function readUploads(place: Place): readonly FoundUpload[] {
  const folder = uploadsFolder(place)
  if (folder === null) return []
  return descriptions(folder)
    .flatMap((id) => readUpload(place, id) ?? [])
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
}

/** Null for anything that isn't an upload of ours: its data must be the very file that was made for it. */
export function readUpload(place: Place, id: string): FoundUpload | null {
  const stored = readDescription(place, id)
  if (stored === null) return null
  const stats = lstatOrNull(uploadPath(place, id))
  const sound =
    stats !== null && unsafeReason(stats, place.live) === null && identityOf(stats) === stored.identity
  return sound ? { ...stored, offset: stats.size } : null
}

export function readDescription(place: Place, id: string): StoredUpload | null {
  if (!isId(id)) return null
  const text = readPlainText(`${uploadPath(place, id)}.json`, place.live, descriptionLimit)
  return text === null ? null : parse(text, id)
}

/** Needs the log lock, so that nothing sweeps what is being made. */
export function makeUpload(place: Place, order: UploadOrder, mostBytes: number | null): FoundUpload {
  try {
    const folder = makeFolder(place)
    const path = join(folder, order.id)
    const upload: StoredUpload = {
      formatVersion: uploadVersion,
      id: order.id,
      owner: order.owner,
      fileName: order.fileName,
      database: order.database,
      fingerprint: order.fingerprint,
      metadata: order.metadata,
      sizeBytes: order.sizeBytes,
      createdAt: order.now,
      expiresAt: new Date(Date.parse(order.now) + uploadLifeMs).toISOString(),
      identity: makeData(path),
      mostBytes,
    }
    writeNewFile(`${path}.json`, `${JSON.stringify(upload)}\n`)
    for (const made of [path, `${path}.json`]) adoptOwner(made, place.folder)
    syncFolder(folder)
    return { ...upload, offset: 0 }
  } catch (error) {
    throw failureFrom(error, 'The upload could not be begun')
  }
}

/** Succeeds when it is gone already. Unlinks names only, whatever lies under them. */
export function removeUpload(place: Place, id: string): void {
  const folder = uploadsFolder(place)
  if (folder === null || !isId(id)) return
  try {
    removeTree(join(folder, id))
    removeTree(join(folder, `${id}.json`))
    syncFolder(folder)
  } catch (error) {
    throw failureFrom(error, 'The upload could not be removed')
  }
}

export const uploadPath = (place: Place, id: string) => join(place.folder, ownFiles.uploads, id)

/** Ids that something in the folder claims to describe. */
export function descriptions(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && isId(name.slice(0, -5)))
    .map((name) => name.slice(0, -5))
}

/** Names in the folder that belong to no description. Needs the log lock. */
export function strays(place: Place, folder: string): readonly string[] {
  const known = new Set(
    descriptions(folder)
      .filter((id) => readUpload(place, id) !== null)
      .flatMap((id) => [id, `${id}.json`]),
  )
  return readdirSync(folder).filter((name) => !known.has(name))
}

function makeFolder(place: Place): string {
  const path = join(place.folder, ownFiles.uploads)
  try {
    mkdirSync(path, { mode: 0o700 })
    adoptOwner(path, place.folder)
    syncFolder(place.folder)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return uploadsFolder(place) ?? path
}

/** Exclusive: nothing that lies there already is opened. */
function makeData(path: string): Identity {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0)
  const fd = openSync(path, flags, 0o600)
  try {
    fsyncSync(fd)
    const identity = identityOf(fstatSync(fd))
    if (identityOf(lstatSync(path)) !== identity) throw new Error('The new file was replaced at once')
    return identity
  } finally {
    closeSync(fd)
  }
}

function parse(text: string, id: string): StoredUpload | null {
  try {
    const raw = JSON.parse(text) as StoredUpload
    // Uploads that an earlier version began have none.
    const { metadata = null } = raw
    const texts = [raw.owner?.id, raw.owner?.name, raw.fileName, raw.createdAt, raw.expiresAt, raw.identity]
    const whole =
      raw.formatVersion === uploadVersion &&
      raw.id === id &&
      texts.every((value) => typeof value === 'string') &&
      !Number.isNaN(Date.parse(raw.expiresAt)) &&
      [raw.database, raw.fingerprint, metadata].every(
        (value) => value === null || typeof value === 'string',
      ) &&
      [raw.sizeBytes, raw.mostBytes].every((value) => value === null || Number.isSafeInteger(value))
    return whole ? { ...raw, metadata } : null
  } catch {
    return null
  }
}
