import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { ArchiveReader } from '../archive.ts'
import type { ChosenFrom } from '../archiving.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, isMissing, reasonOf } from '../failure.ts'
import { hashFile } from '../proof/hash.ts'
import { identityOf } from '../vault/files.ts'
import { type Entry, findEntry, notFound } from '../vault/listing.ts'
import { findPlace, type Place } from '../vault/place.ts'
import type { ArchiveTools } from './archive-tools.ts'
import {
  type ArchiveDescription,
  damaged,
  describeArchive,
  proveEntries,
  readLimits,
} from './prove-archive.ts'

/** An archive that is open for reading, and is the same one until it is closed. */
export interface ChosenArchive {
  readonly name: string
  readonly sizeBytes: number
  /** Null for a file that lies elsewhere. */
  readonly entry: Entry | null
  readonly description: ArchiveDescription
  /** Reads all of it: every entry, and the file's own hash. Rejects `proof-failed`. */
  prove(tools: Pick<ArchiveTools, 'signal' | 'onProgress'>): Promise<{ readonly sha256: string }>
  close(): Promise<void>
}

/** `not-found` for a name that isn't listed, `source-unsafe` for what is no plain file. */
export async function openChosen(
  from: ChosenFrom,
  place: Place | null,
  { signal, format }: Pick<ArchiveTools, 'signal' | 'format'>,
): Promise<ChosenArchive> {
  const { name, path, entry } = locate(from, place)
  const { fd, stats } = openPlain(path, name, entry)
  let reader: ArchiveReader | null = null
  try {
    reader = await format.open(path, { signal, limits: readLimits })
    const description = await describeArchive(reader, name)
    expectSame(description, entry, name)
    const opened = reader
    return {
      name,
      sizeBytes: stats.size,
      entry,
      description,
      prove: (tools) => prove(fd, description, { name, entry }, tools),
      async close() {
        await opened.close()
        closeSync(fd)
      },
    }
  } catch (error) {
    await reader?.close()
    closeSync(fd)
    throw signal.aborted ? reasonOf(signal) : failureFrom(error, `The archive ${name} could not be opened`)
  }
}

interface Located {
  readonly name: string
  readonly path: string
  readonly entry: Entry | null
}

function locate(from: ChosenFrom, place: Place | null): Located {
  if ('file' in from) return { name: basename(from.file), path: resolve(from.file), entry: null }
  const around = from.in === undefined ? place : findPlace(from.in)
  if (around === null) throw notFound()
  const entry = findEntry(around, from.listed)
  return { name: entry.backup.name, path: join(around.folder, entry.backup.name), entry }
}

function openPlain(
  path: string,
  name: string,
  entry: Entry | null,
): { readonly fd: number; readonly stats: Stats } {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  let fd: number
  try {
    fd = openSync(path, O_RDONLY | O_NONBLOCK | (entry === null ? 0 : O_NOFOLLOW))
  } catch (error) {
    throw isMissing(error)
      ? missing(path, entry)
      : failureFrom(error, `The archive ${name} could not be opened`)
  }
  const stats = fstatSync(fd)
  if (stats.isFile() && (entry === null || identityOf(stats) === entry.identity)) return { fd, stats }
  closeSync(fd)
  throw entry === null ? unsafe(path) : notFound()
}

/** A manifest that somebody has written anew fits the archive and not what was written down beside it. */
function expectSame({ manifestSha256 }: ArchiveDescription, entry: Entry | null, name: string): void {
  const known = entry?.sidecar?.archive?.manifestSha256
  if (known !== undefined && known !== manifestSha256) throw damaged(name, 'its manifest is another one')
}

async function prove(
  fd: number,
  description: ArchiveDescription,
  { name, entry }: Pick<Located, 'name' | 'entry'>,
  { signal, onProgress }: Pick<ArchiveTools, 'signal' | 'onProgress'>,
): Promise<{ readonly sha256: string }> {
  const hashing = hashFile(fd, { signal, onProgress() {} })
  hashing.catch(() => {})
  try {
    await proveEntries(description, name, {
      signal,
      onProgress: (done, total, item, files) =>
        onProgress('proof', { done, total, unit: 'bytes' }, { item, files }),
    })
  } finally {
    // A descriptor that is closed while it is being read could by then be another file's.
    await hashing.catch(() => {})
  }
  const sha256 = await hashing
  const known = entry?.backup.sha256 ?? null
  if (known !== null && known !== sha256) {
    throw damaged(name, 'its content is not what it was when it was made (SHA-256 differs)')
  }
  return { sha256 }
}

function missing(path: string, entry: Entry | null): BackupError {
  if (entry !== null) return notFound()
  return new BackupError('source-unsafe', `${path} does not exist`, {
    hint: 'Check the path, and whether its disk is mounted.',
    details: { about: 'archive', archive: path, errno: 'ENOENT' },
  })
}

function unsafe(path: string): BackupError {
  return new BackupError('source-unsafe', `${path} is not a file`, {
    hint: 'An archive is a plain file. Name the file itself.',
    details: { about: 'archive', archive: path },
  })
}
