import type { Backup, Examination } from '../backup.ts'
import type { RunRequest } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { type RunContext, runInVault } from '../runs/run-in-vault.ts'
import { type Entry, findEntry, notFound } from '../vault/listing.ts'
import { findPlace } from '../vault/place.ts'
import { updateSidecar } from '../vault/publish.ts'
import { publicFields, type Sidecar, sidecarVersion } from '../vault/sidecar.ts'
import type { ArchiveTools } from './archive-tools.ts'
import { type ChosenArchive, openChosen } from './chosen-archive.ts'
import { expectArchives } from './expect-archives.ts'
import { settleUnpacking } from './settle-unpacking.ts'

/** Reads one listed archive in full again and writes the outcome beside it, also when it failed. */
export function verifyArchive(
  request: RunRequest & { readonly name: string },
  tools: ArchiveTools,
): Promise<Backup> {
  expectArchives(request.vault)
  const place = findPlace(request.vault)
  if (place === null) throw notFound()
  findEntry(place, request.name)
  return runInVault(request, { kind: 'verify', expected: 1 }, tools, async (context) => {
    settleUnpacking(context.place)
    const entry = findEntry(context.place, request.name)
    context.published(entry.backup.name)
    const verdict = await judge(entry, context, tools)
    context.commit()
    let sidecar: Sidecar
    try {
      sidecar = recordVerdict(entry, verdict, context, request.runId)
    } catch (error) {
      // That it is damaged matters more than that it could not be written down.
      throw verdict.failure ?? error
    }
    if (verdict.failure !== null) throw verdict.failure
    return publicFields(sidecar)
  })
}

export type ArchiveVerdict =
  | { readonly failure: null; readonly sha256: string }
  | { readonly failure: BackupError }

/** What keeps it from being looked at, and says nothing about it, is thrown. */
async function judge(entry: Entry, { place }: RunContext, tools: ArchiveTools): Promise<ArchiveVerdict> {
  let chosen: ChosenArchive | null = null
  try {
    chosen = await openChosen({ listed: entry.backup.name }, place, tools)
    return await judgeOpen(chosen, tools)
  } catch (error) {
    return { failure: asFinding(error) }
  } finally {
    await chosen?.close()
  }
}

export async function judgeOpen(chosen: ChosenArchive, tools: ArchiveTools): Promise<ArchiveVerdict> {
  try {
    return { failure: null, ...(await chosen.prove(tools)) }
  } catch (error) {
    return { failure: asFinding(error) }
  }
}

function asFinding(error: unknown): BackupError {
  if (error instanceof BackupError && error.code === 'proof-failed') return error
  throw error
}

/** Writes the outcome beside the archive. */
export function recordVerdict(
  entry: Entry,
  verdict: ArchiveVerdict,
  { place, now }: RunContext,
  runId: string,
): Sidecar {
  const outcome = verdict.failure === null ? 'passed' : 'failed'
  const sidecar = withOutcome(entry, { at: now(), outcome }, verdict)
  updateSidecar(place, runId, sidecar)
  return sidecar
}

/** One that came from elsewhere can only be found whole. */
function withOutcome({ sidecar, backup }: Entry, examination: Examination, verdict: ArchiveVerdict): Sidecar {
  if (sidecar?.archive !== undefined && backup.trigger !== 'imported')
    return { ...sidecar, proven: examination }
  return {
    ...(sidecar ?? {
      ...backup,
      formatVersion: sidecarVersion,
      sequence: 0,
      snapshot: null,
      foreignKeyViolations: null,
      rowCounts: {},
    }),
    // The hash of a damaged import is not kept: it would vouch for the damage.
    sha256: verdict.failure === null ? verdict.sha256 : backup.sha256,
    checked: examination,
  }
}
