import type { ArchiveReader, ReadableEntry, ReadLimits } from '../../archive.ts'
import { EntryPaths } from '../../entry-path.ts'
import { broken } from './broken.ts'
import { type CentralEntry, readCentralEntry } from './central-entry.ts'
import { openContent } from './content.ts'
import { readDirectory } from './directory-reader.ts'
import { findDirectory } from './end-records.ts'
import { type Located, locateAll } from './layout.ts'
import { ReadFile } from './read-file.ts'

export async function openZip(
  path: string,
  { signal, limits }: { readonly signal: AbortSignal; readonly limits: ReadLimits },
): Promise<ArchiveReader> {
  const file = await ReadFile.open(path, signal)
  try {
    const located = await lookAtAll(file, limits)
    const entries = located.map((one) => readable(file, one))
    return { entries, lookAlikes: lookAlikes(entries), close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function lookAtAll(file: ReadFile, limits: ReadLimits): Promise<readonly Located[]> {
  const place = await findDirectory(file)
  if (place.entries > limits.maxEntries)
    throw broken(`it has ${place.entries} entries, more than the ${limits.maxEntries} allowed`)
  const paths = new EntryPaths()
  const entries: CentralEntry[] = []
  let bytes = 0
  for await (const one of readDirectory(file, place)) {
    const entry = readCentralEntry(one)
    const problem = paths.claim(entry.path, entry.kind === 'folder')
    if (problem !== null) throw broken(problem, entry.path)
    bytes += entry.sizeBytes
    if (bytes > limits.maxBytes) throw broken(`it states more than the ${limits.maxBytes} bytes allowed`)
    entries.push(entry)
  }
  return locateAll(file, entries, place.position)
}

function readable(file: ReadFile, located: Located): ReadableEntry {
  const { kind, path, mode, modifiedAt, sizeBytes } = located.entry
  return { kind, path, mode, modifiedAt, sizeBytes, open: () => openContent(file, located) }
}

function lookAlikes(entries: readonly ReadableEntry[]): readonly (readonly string[])[] {
  // Of nothing but ASCII there is one form only, and it may be a million paths.
  if (!entries.some(({ path }) => /[^\0-\x7f]/.test(path))) return []
  const groups = new Map<string, string[]>()
  for (const { path } of entries) {
    const form = path.normalize('NFC')
    const group = groups.get(form)
    if (group === undefined) groups.set(form, [path])
    else group.push(path)
  }
  return [...groups.values()].filter((paths) => paths.length > 1)
}
