import type { ArchiveContents, ArchiveRestoreRequest } from '../archiving.ts'
import type { Vault } from '../engine.ts'
import { findPlace } from '../vault/place.ts'
import type { ArchiveTools } from './archive-tools.ts'
import { openChosen } from './chosen-archive.ts'

/** Of each source, so many things that were left out are named. */
const shownLeftOut = 200

/** What an archive says of itself, as far as its directory bears it out. Its content is not read. */
export async function lookIntoArchive(
  { vault, from }: { readonly vault: Vault; readonly from: ArchiveRestoreRequest['from'] },
  tools: ArchiveTools,
): Promise<ArchiveContents> {
  const chosen = await openChosen(from, findPlace(vault), tools)
  try {
    const { head, entries, contentBytes } = chosen.description
    return {
      manifest: { ...head, sources: head.sources.map(shorten) },
      entryCount: entries.length,
      sizeBytes: chosen.sizeBytes,
      contentBytes,
    }
  } finally {
    await chosen.close()
  }
}

type Source = ArchiveContents['manifest']['sources'][number]

function shorten(source: Source): Source {
  const { leftOut, leftOutMore = {} } = source
  if (leftOut.length <= shownLeftOut) return source
  const more: Record<string, number> = { ...leftOutMore }
  for (const { reason } of leftOut.slice(shownLeftOut)) more[reason] = (more[reason] ?? 0) + 1
  return { ...source, leftOut: leftOut.slice(0, shownLeftOut), leftOutMore: more }
}
