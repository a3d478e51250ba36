import type { Vault } from '../engine.ts'
import type { CheckResult } from '../restoring.ts'
import type { RunTools } from '../runs/run-in-vault.ts'
import { findPlace } from '../vault/place.ts'
import { findChosen } from './chosen-backup.ts'
import { examineForeign } from './prove-chosen.ts'

/** Looks at a file in full and writes nothing anywhere. Rejects `proof-failed` for a damaged one. */
export async function examine(
  { vault, file }: { readonly vault: Vault; readonly file: string },
  tools: RunTools,
): Promise<CheckResult> {
  const place = findPlace(vault)
  // No database is going to be replaced; the file itself must not be one that is in use.
  const chosen = findChosen({ file }, place, { name: '', path: `${file}.none` })
  const { examined, verdict } = await examineForeign(chosen, place?.live ?? new Set(), tools)
  const { name, sizeBytes } = chosen
  return { name, sizeBytes, sha256: examined.sha256, verdict, rowCounts: examined.rowCounts }
}
