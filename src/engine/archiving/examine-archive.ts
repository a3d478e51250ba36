import type { ArchiveCheck, ChosenFrom } from '../archiving.ts'
import type { Vault } from '../engine.ts'
import { findPlace } from '../vault/place.ts'
import type { ArchiveTools } from './archive-tools.ts'
import { openChosen } from './chosen-archive.ts'

/** Reads an archive in full and writes nothing anywhere. */
export async function examineArchive(
  { vault, from }: { readonly vault: Vault; readonly from: ChosenFrom },
  tools: ArchiveTools,
): Promise<ArchiveCheck> {
  const chosen = await openChosen(from, findPlace(vault), tools)
  try {
    const { sha256 } = await chosen.prove(tools)
    return { verdict: chosen.entry?.sidecar?.archive === undefined ? 'checked' : 'proven', sha256 }
  } finally {
    await chosen.close()
  }
}
