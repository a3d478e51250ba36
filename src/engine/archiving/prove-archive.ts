import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { ArchiveReader, ReadableEntry, ReadLimits } from '../archive.ts'
import type { ManifestEntry } from '../archiving.ts'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom, reasonOf } from '../failure.ts'
import { InFlight } from '../in-flight.ts'
import { saysLost } from '../proof/unreadable.ts'
import {
  type ManifestHead,
  manifestLineLimit,
  manifestName,
  notUnderstood,
  readManifest,
} from './manifest.ts'

/** What no archive of ours comes near, so that one which claims more is refused before anything of it is read. */
export const readLimits: ReadLimits = { maxEntries: 20_000_000, maxBytes: 2 ** 50 }

/** Entries that are unpacked at a time. */
const sideBySide = 4

/** What an archive says of itself, and that it has what it says. */
export interface ArchiveDescription {
  readonly head: ManifestHead
  readonly manifestSha256: string
  /** Without the manifest, in the order in which they lie. */
  readonly entries: readonly ReadableEntry[]
  readonly contentBytes: number
  readonly promised: ReadonlyMap<string, Omit<ManifestEntry, 'path'>>
}

/** Whether its last entry could be a manifest of ours. */
export function hasManifest({ entries }: ArchiveReader): boolean {
  const last = entries.at(-1)
  return last?.kind === 'file' && last.path === manifestName
}

/** Reads the manifest, and nothing else but the archive's own directory: names and sizes have to agree. */
export async function describeArchive(reader: ArchiveReader, name: string): Promise<ArchiveDescription> {
  const last = reader.entries.at(-1)
  if (last === undefined || !hasManifest(reader)) {
    throw damaged(name, `it has no ${manifestName} as its last entry`)
  }
  const hash = createHash('sha256')
  const { head, entries: promised } = await readManifest(
    linesOf(await last.open(), hash),
    reader.entries.length,
  )
  const entries = reader.entries.slice(0, -1)
  if (entries.length !== promised.size) {
    throw damaged(name, `it has ${entries.length} entries and names ${promised.size}`)
  }
  const ids = new Set(head.sources.map(({ id }) => id))
  let contentBytes = 0
  for (const { path, sizeBytes } of entries) {
    if (promised.get(path)?.sizeBytes !== sizeBytes)
      throw damaged(name, `“${path}” is not as the manifest has it`)
    if (!ids.has(path.split('/', 1)[0]!)) throw damaged(name, `“${path}” belongs to no source`)
    contentBytes += sizeBytes
  }
  return { head, manifestSha256: hash.digest('hex'), entries, contentBytes, promised }
}

export interface ProveOptions {
  readonly signal: AbortSignal
  onProgress(done: number, total: number, item: string, files: number): void
}

/** Unpacks every entry and compares it with its checksum and with the manifest. */
export async function proveEntries(
  { entries, promised, contentBytes }: ArchiveDescription,
  name: string,
  { signal, onProgress }: ProveOptions,
): Promise<void> {
  const inFlight = new InFlight(sideBySide)
  let [done, files] = [0, 0]
  const prove = async (entry: ReadableEntry) => {
    const hash = createHash('sha256')
    for await (const piece of await entry.open()) {
      if (signal.aborted) throw reasonOf(signal)
      hash.update(piece as Buffer)
      done += (piece as Buffer).length
      onProgress(done, contentBytes, entry.path, files)
    }
    files++
    if (promised.get(entry.path)?.sha256 !== hash.digest('hex'))
      throw damaged(name, `“${entry.path}” is not what it was when it was made (SHA-256 differs)`)
  }
  try {
    for (const entry of entries) {
      await inFlight.room()
      if (signal.aborted) throw reasonOf(signal)
      if (entry.kind !== 'folder') inFlight.start(() => prove(entry))
    }
    await inFlight.idle()
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal)
    if (saysLost(codeOf(error))) throw damaged(name, 'the disk can’t read it any more')
    throw failureFrom(error, `The archive ${name} could not be read`)
  } finally {
    await inFlight.settle()
  }
}

export function damaged(name: string, why: string): BackupError {
  return new BackupError('proof-failed', `The archive ${name} failed its check: ${why}`, {
    hint: 'Don’t restore from it. Make a new one now, and check the disk.',
    details: { name },
  })
}

async function* linesOf(content: Readable, hash: ReturnType<typeof createHash>): AsyncGenerator<string> {
  // Not by two listeners: an error of the content has to reach whoever waits for the next line.
  let rest = ''
  const decoder = new TextDecoder()
  for await (const piece of content) {
    hash.update(piece as Buffer)
    const [first = '', ...lines] = decoder.decode(piece as Buffer, { stream: true }).split('\n')
    // Only the new piece is looked through, or a line without an end would be looked through again and again.
    rest += first
    if (rest.length > manifestLineLimit) throw notUnderstood()
    if (lines.length === 0) continue
    yield rest
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
