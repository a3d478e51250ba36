import { closeSync } from 'node:fs'
import { join } from 'node:path'
import type { Backup, Examination } from '../backup.ts'
import type { RunRequest } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom } from '../failure.ts'
import type { Examined } from '../proof/examine.ts'
import { saysLost } from '../proof/unreadable.ts'
import { identityOf, openPlainFile } from '../vault/files.ts'
import { type Entry, findEntry, notFound } from '../vault/listing.ts'
import { findPlace } from '../vault/place.ts'
import { updateSidecar } from '../vault/publish.ts'
import { publicFields, type Sidecar, sidecarVersion } from '../vault/sidecar.ts'
import { checkBinding } from './check-binding.ts'
import { examineInRun } from './examine-in-run.ts'
import { type RunContext, type RunTools, runInVault } from './run-in-vault.ts'

/** Looks at one listed backup in full again and writes the outcome beside it, also when it failed. */
export async function verify(
  request: RunRequest & { readonly name: string },
  tools: RunTools,
): Promise<Backup> {
  const place = findPlace(request.vault)
  if (place === null) throw notFound()
  findEntry(place, request.name)
  return runInVault(request, { kind: 'verify', expected: 1 }, tools, async (context) => {
    const entry = findEntry(context.place, request.name)
    context.published(entry.backup.name)
    const verdict = await judge(entry, context)
    context.commit()
    let sidecar: Sidecar
    try {
      sidecar = recordVerdict(entry, verdict, context, request.runId)
    } catch (error) {
      // That a backup is damaged matters more than that it could not be written down.
      throw verdict.failure ?? error
    }
    if (verdict.failure !== null) throw verdict.failure
    return publicFields(sidecar)
  })
}

/** What a full look at a backup came to; one of the two is not null. */
export interface BackupVerdict {
  readonly examined: Examined | null
  readonly failure: BackupError | null
}

/** Writes the outcome beside the backup. */
export function recordVerdict(
  entry: Entry,
  verdict: BackupVerdict,
  { place, now }: RunContext,
  runId: string,
): Sidecar {
  const outcome = verdict.failure === null ? 'passed' : 'failed'
  const sidecar = withOutcome(entry, { at: now(), outcome }, verdict.examined)
  updateSidecar(place, runId, sidecar)
  return sidecar
}

/** Looks at a listed backup in full. What keeps it from being looked at, and says nothing about it, is thrown. */
export async function judge(entry: Entry, context: RunContext): Promise<BackupVerdict> {
  try {
    const examined = await examine(entry, context)
    try {
      compare(entry, examined)
      return { examined, failure: null }
    } catch (error) {
      return { examined, failure: failureFrom(error, `The backup ${entry.backup.name}`) }
    }
  } catch (error) {
    if (!saysLost(codeOf(error))) throw error
    return { examined: null, failure: proofFailed(entry, 'the disk can’t read it any more') }
  }
}

function examine(entry: Entry, { place, tools }: RunContext): Promise<Examined> {
  const path = join(place.folder, entry.backup.name)
  const opened = openPlainFile(path, place.live)
  if (typeof opened === 'string') throw notFound()
  if (identityOf(opened.stats) !== entry.identity) {
    closeSync(opened.fd)
    throw notFound()
  }
  const file = { path, fd: opened.fd, sizeBytes: opened.stats.size }
  return examineInRun(file, tools, { hostile: isImported(entry) })
}

function compare(entry: Entry, examined: Examined): void {
  const { sidecar, backup } = entry
  if (backup.sha256 !== null && backup.sha256 !== examined.sha256) {
    throw proofFailed(entry, 'its content is not what it was when it was made (SHA-256 differs)')
  }
  if (examined.damage.length > 0) {
    throw proofFailed(entry, examined.damage.join('; ').replaceAll(/\s+/g, ' ').slice(0, 500))
  }
  if (sidecar?.snapshot) checkBinding(backup.name, sidecar.snapshot, examined)
}

export const isImported = ({ sidecar }: Entry) => sidecar === null || sidecar.snapshot === null

function withOutcome(entry: Entry, examination: Examination, examined: Examined | null): Sidecar {
  if (entry.sidecar !== null && !isImported(entry)) return { ...entry.sidecar, proven: examination }
  const passed = examination.outcome === 'passed'
  return {
    ...(entry.sidecar ?? {
      ...entry.backup,
      formatVersion: sidecarVersion,
      sequence: 0,
      snapshot: null,
      foreignKeyViolations: null,
      rowCounts: {},
    }),
    // The hash of a damaged import is not kept: it would vouch for the damage.
    sha256: passed ? (examined?.sha256 ?? null) : entry.backup.sha256,
    checked: examination,
    foreignKeyViolations: examined?.foreignKeyViolations ?? null,
    rowCounts: examined?.rowCounts ?? {},
  }
}

function proofFailed({ backup }: Entry, why: string): BackupError {
  return new BackupError('proof-failed', `The backup ${backup.name} failed its check: ${why}`, {
    hint: 'Don’t restore from it. Make a new backup now, and check the disk.',
    details: { name: backup.name },
  })
}
