import type { ArchiveContents, ChosenFrom } from '../archiving.ts'
import type { Vault } from '../engine.ts'
import { findPlace } from '../vault/place.ts'
import type { ArchiveTools } from './archive-tools.ts'
import { openChosen } from './chosen-archive.ts'
import { shownSource } from './shown-source.ts'

/** What an archive says of itself, as far as its directory bears it out. Its content is not read. */
export async function lookIntoArchive(
  { vault, from }: { readonly vault: Vault; readonly from: ChosenFrom },
  tools: ArchiveTools,
): Promise<ArchiveContents> {
  const chosen = await openChosen(from, findPlace(vault), tools)
  try {
    const { head, entries, contentBytes } = chosen.description
    return {
      manifest: { ...head, sources: head.sources.map(shownSource) },
      entryCount: entries.length,
      sizeBytes: chosen.sizeBytes,
      contentBytes,
    }
  } finally {
    await chosen.close()
  }
}
