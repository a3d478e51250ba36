import { createReadStream, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { ArchiveEntry, EntrySink } from '../../src/engine/archive.ts'

export interface Taken {
  /** Larger files are left out. */
  readonly maxFileBytes?: number
  /** What lies at these paths is left out. */
  readonly except?: RegExp
}

/** Adds what is below a folder, as a source would that trusts it. Resolves with the number of entries. */
export async function addTree(
  sink: EntrySink,
  root: string,
  { id, maxFileBytes = Number.POSITIVE_INFINITY, except }: Taken & { readonly id: string },
): Promise<number> {
  const adding: Promise<unknown>[] = []
  let count = 0
  for (const path of pathsBelow(root)) {
    if (except?.test(path)) continue
    const entry = entryOf(join(root, path), `${id}/${path}`)
    if (entry.kind === 'file' && entry.sizeBytes > maxFileBytes) continue
    count++
    adding.push(sink.add(entry))
    if (adding.length >= 200) await adding.shift()
  }
  await Promise.all(adding)
  return count
}

/** Relative, folders before what is in them. */
export function pathsBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
}

function entryOf(file: string, path: string): ArchiveEntry {
  const stats = lstatSync(file)
  const base = { path, mode: stats.mode & 0o7777, modifiedAt: stats.mtime.toISOString() }
  if (stats.isSymbolicLink()) return { ...base, kind: 'link', target: readlinkSync(file) }
  if (stats.isDirectory()) return { ...base, kind: 'folder' }
  const open = () => createReadStream(file, { highWaterMark: 256 * 1024 })
  return { ...base, kind: 'file', sizeBytes: stats.size, open }
}

/** In what a tree differs from the one it is from: content, kinds, targets, permissions, and times by the second. */
export function differences(copy: string, original: string): string[] {
  return pathsBelow(copy).flatMap((path) => {
    const [a, b] = [join(copy, path), join(original, path)]
    return differenceOf(a, b, lstatSync(a), lstatSync(b)).map((what) => `${path}: ${what}`)
  })
}

function differenceOf(a: string, b: string, stats: Stats, other: Stats): string[] {
  if ((stats.mode & 0o170000) !== (other.mode & 0o170000)) return ['another kind']
  if (stats.isSymbolicLink()) return readlinkSync(a) === readlinkSync(b) ? [] : ['another target']
  const found: string[] = []
  if (stats.mode !== other.mode) found.push(`mode ${stats.mode.toString(8)} and ${other.mode.toString(8)}`)
  if (secondsOf(stats) !== secondsOf(other))
    found.push(`${stats.mtime.toISOString()} and ${other.mtime.toISOString()}`)
  if (stats.isFile() && !readFileSync(a).equals(readFileSync(b))) found.push('other bytes')
  return found
}

const secondsOf = ({ mtime }: Stats) => Math.floor(mtime.getTime() / 1000)
