import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../backup.ts'
import type { OutboxEntry } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import { dropIntent, readIntents, record } from './audit-outbox.ts'
import { lstatOrNull, readPlainText } from './files.ts'
import { type Listing, readListing } from './listing.ts'
import { dataNameOf } from './names.ts'
import type { Place } from './place.ts'
import { sweepStaged } from './publish.ts'
import { runEntry } from './run-entry.ts'
import { logEnd, readRunLog, type StartedRun } from './run-log.ts'
import { readSidecar, sidecarLimit } from './sidecar.ts'

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
}

/** Sweeps and closes what a kill left behind. Needs the folder's lock, so no run that it finds open is alive. */
export async function reconcile(place: Place, closing: Closing): Promise<Reconciled> {
  sweepStaged(place)
  sweepSidecars(place)
  const listing = await readListing(place)
  await settleIntents(place, listing)
  const closed: Run[] = []
  for (const started of readRunLog(place).open) closed.push(await close(place, started, listing, closing))
  return { closed, listing }
}

async function close(place: Place, started: StartedRun, listing: Listing, closing: Closing): Promise<Run> {
  const { run } = started
  const backups = listing.entries
    .filter(({ backup }) => backup.runId === run.id)
    .map(({ backup }) => backup.name)
  const done = run.kind === 'create' && backups.length >= started.expected
  const error = closing.ended?.runId === run.id ? closing.ended.error : interrupted()
  const ended: Run = {
    ...run,
    status: done ? 'completed' : error.code === 'cancelled' ? 'cancelled' : 'failed',
    stage: null,
    progress: null,
    backups: run.kind === 'create' ? backups : run.backups,
    endedAt: closing.now,
    error: done ? null : error.toJSON(),
  }
  // The entry goes first: a kill between the two writes both again, and an entry's id counts once.
  await record(place, runEntry(ended, started.actor))
  await logEnd(place, ended)
  return ended
}

/** A sidecar that is ours and whose data is gone: the rest of a deletion or of a publication that never committed. */
function sweepSidecars(place: Place): void {
  const names = new Set(readdirSync(place.folder))
  for (const name of names) {
    const data = dataNameOf(name)
    if (data === null || names.has(data)) continue
    const path = join(place.folder, name)
    const sidecar = readSidecar(readPlainText(path, place.live, sidecarLimit) ?? '')
    if (typeof sidecar === 'string' || sidecar.name !== data) continue
    try {
      rmSync(path, { force: true })
    } catch (error) {
      throw failureFrom(error, `${path} could not be removed`)
    }
  }
}

async function settleIntents(place: Place, listing: Listing): Promise<void> {
  for (const intent of readIntents(place)) {
    if (happened(place, listing, intent)) await record(place, intent)
    else await dropIntent(place, intent.id)
  }
}

/** Whether what was announced is what the folder shows now. */
function happened(place: Place, listing: Listing, { action, target }: OutboxEntry): boolean {
  if (dataNameOf(`${target}.json`) === null) return false
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
