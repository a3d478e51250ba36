import type { SourceSize } from '../../archive.ts'
import { reasonOf } from '../../failure.ts'
import type { Exclusions } from './exclusions.ts'
import type { OpenFolder } from './open-folder.ts'
import { looksLikeDatabase, walk } from './walk.ts'

const shownFolders = 12
/** A database is made of pages, the smallest of which has so many bytes. */
const pageBytes = 512

/** How much would be taken, without reading more of it than names, sizes and the beginnings of what may be databases. */
export async function measureTree(
  root: OpenFolder,
  exclusions: Exclusions,
  signal: AbortSignal,
): Promise<SourceSize> {
  const folders = new Map<string, number>()
  let [files, bytes, scratchBytes, turn] = [0, 0, 0, 0]
  for (const found of walk(root, exclusions)) {
    if (++turn % 256 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) throw reasonOf(signal)
    if (found.kind !== 'file' && found.kind !== 'companion') continue
    const { path, stats } = found
    if (found.kind === 'companion' && !path.endsWith('-wal')) continue
    if (found.kind === 'file') files++
    bytes += stats.size
    const [top, inside] = path.split('/', 2)
    if (inside !== undefined) folders.set(top!, (folders.get(top!) ?? 0) + stats.size)
    const paged = stats.size > scratchBytes && stats.size % pageBytes === 0
    if (found.kind === 'companion') scratchBytes += stats.size
    else if (paged && looksLikeDatabase(found.folder, found.name)) scratchBytes = stats.size
  }
  const largest = [...folders]
    .map(([path, size]) => ({ path, bytes: size }))
    .sort((a, b) => b.bytes - a.bytes)
  return { files, bytes, largest: largest.slice(0, shownFolders), scratchBytes }
}
