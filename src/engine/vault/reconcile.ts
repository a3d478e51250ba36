import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../backup.ts'
import type { OutboxEntry } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, isStopping } from '../failure.ts'
import { dropIntent, readIntents, record } from './audit-outbox.ts'
import { lstatOrNull, readPlainText, removeFile, syncFolder } from './files.ts'
import { type Listing, readListing } from './listing.ts'
import { dataNameOf } from './names.ts'
import type { Place } from './place.ts'
import { sweepStaged } from './publish.ts'
import { dropMarker } from './restore-marker.ts'
import { runEntry } from './run-entry.ts'
import { logEnd, readRunLog, type StartedRun } from './run-log.ts'
import { type SettledRestore, settleRestore } from './settle-restore.ts'
import { readSidecar, sidecarLimit } from './sidecar.ts'
import { sweepUploads } from './sweep-uploads.ts'
import { readUpload, removeUpload } from './uploads.ts'
import { dropWaiting, readWaiting, type StoredWaiting } from './waiting-restore.ts'

export interface Reconciled {
  /** Runs that a kill had left open, as they were closed now. */
  readonly closed: readonly Run[]
  readonly listing: Listing
}

export interface Closing {
  /** ISO 8601. */
  readonly now: string
  /** How the run of this id ended, when it is known; every other open run was interrupted. */
  readonly ended?: { readonly runId: string; readonly error: BackupError }
  /** The run that was parked and goes on now. */
  readonly resuming?: string | null
}

/** Sweeps and closes what a kill left behind. Needs the folder's lock, so no run that it finds open is alive. */
export async function reconcile(place: Place, closing: Closing): Promise<Reconciled> {
  const settled = settleRestore(place)
  const waiting = readWaiting(place)
  const spared = waiting !== null && goesOn(waiting, closing) ? waiting.runId : null
  await sweepStaged(place)
  await sweepUploads(place, closing.now)
  sweepSidecars(place)
  keepNames(place)
  const listing = await readListing(place)
  await settleIntents(place, listing)
  const closed: Run[] = []
  let unwritten = false
  for (const started of readRunLog(place).open) {
    if (started.run.id === spared || isBegunAgain(place, started, closing)) continue
    const run = describeEnd(started, listing, { ...closing, settled })
    if (await writeEnd(place, run, started)) closed.push(run)
    else unwritten = true
    if (run.kind === 'upload') removeUpload(place, run.id)
  }
  if (settled !== null && !unwritten) dropMarker(place)
  if (waiting !== null && spared === null && !unwritten) dropWaiting(place)
  return { closed, listing }
}

/**
 * Whoever was killed may have been about to sync the folder. What is taken for done from now on must not be undone by
 * a power failure.
 */
function keepNames(place: Place): void {
  if (readIntents(place).length === 0 && readRunLog(place).open.length === 0) return
  try {
    syncFolder(place.folder)
  } catch (error) {
    throw failureFrom(error, `${place.folder} could not be synced`)
  }
}

/** A restore that waits for the next start, or is carried out at this one. */
function goesOn({ runId, begun }: StoredWaiting, { ended, resuming }: Closing): boolean {
  return runId === resuming || (!begun && runId !== ended?.runId)
}

/** An upload that was being checked when its process or the application ended is checked again at the next start. */
function isBegunAgain(place: Place, { run }: StartedRun, { ended }: Closing): boolean {
  if (run.kind !== 'upload' || readUpload(place, run.id) === null) return false
  return ended?.runId !== run.id || isStopping(ended.error)
}

function describeEnd(
  { run, expected }: StartedRun,
  listing: Listing,
  closing: Closing & { readonly settled: SettledRestore | null },
): Run {
  const backups = listing.entries
    .filter(({ backup }) => backup.runId === run.id)
    .map(({ backup }) => backup.name)
  const restored = closing.settled?.runId === run.id && closing.settled.restored
  const makes = run.kind === 'create' || run.kind === 'upload'
  const done = makes ? backups.length >= expected : restored
  const error = closing.ended?.runId === run.id ? closing.ended.error : interrupted()
  return {
    ...run,
    status: done ? 'completed' : error.code === 'cancelled' ? 'cancelled' : 'failed',
    stage: null,
    progress: null,
    backups: run.kind === 'verify' ? run.backups : [...run.backups, ...backups],
    endedAt: closing.now,
    error: done ? null : error.toJSON(),
  }
}

/**
 * False when it could not be written, for example on a full disk: the run stays open for the next time, because what
 * comes now may be what makes room. The entry goes first: a kill between the two writes both again, and an entry's id
 * counts once.
 */
async function writeEnd(place: Place, run: Run, { actor }: StartedRun): Promise<boolean> {
  try {
    await record(place, runEntry(run, actor))
    await logEnd(place, run)
    return true
  } catch {
    return false
  }
}

/** A sidecar that is ours and whose data is gone: the rest of a deletion or of a publication that never committed. */
function sweepSidecars(place: Place): void {
  const names = new Set(readdirSync(place.folder))
  for (const name of names) {
    const data = dataNameOf(name, place.holds)
    if (data === null || names.has(data)) continue
    const path = join(place.folder, name)
    const sidecar = readSidecar(readPlainText(path, place.live, sidecarLimit) ?? '')
    if (typeof sidecar === 'string' || sidecar.name !== data) continue
    try {
      removeFile(path)
    } catch (error) {
      throw failureFrom(error, `${path} could not be removed`)
    }
  }
}

async function settleIntents(place: Place, listing: Listing): Promise<void> {
  for (const intent of readIntents(place)) {
    const settle = happened(place, listing, intent) ? record(place, intent) : dropIntent(place, intent.id)
    // One that can't be written now is settled the next time.
    await settle.catch(() => {})
  }
}

/** Whether what was announced is what the folder shows now. */
function happened(place: Place, listing: Listing, { action, target }: OutboxEntry): boolean {
  if (dataNameOf(`${target}.json`, place.holds) === null) return false
  if (action === 'backup.delete' || action === 'backup.remove') {
    return lstatOrNull(join(place.folder, target)) === null
  }
  const entry = listing.entries.find(({ backup }) => backup.name === target)
  return entry !== undefined && entry.backup.protected === (action === 'backup.protect')
}

function interrupted(): BackupError {
  return new BackupError('interrupted', 'The run was interrupted: its process ended before it did', {
    hint: 'Nothing half-made was kept. Start it again; if this happens often, look into the system log.',
  })
}
