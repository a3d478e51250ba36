import type { Run } from '../backup.ts'
import { BackupError, type StoredError } from '../errors.ts'
import { cancelled, reasonOf } from '../failure.ts'
import type { RestoreRequest } from '../restoring.ts'
import { type RunTools, runInVault } from '../runs/run-in-vault.ts'
import { record } from '../vault/audit-outbox.ts'
import { notFound } from '../vault/listing.ts'
import type { Place } from '../vault/place.ts'
import { runEntry } from '../vault/run-entry.ts'
import { logEnd, readRunLog } from '../vault/run-log.ts'
import {
  dropWaiting,
  readWaiting,
  restoreWaiting,
  type StoredWaiting,
  waitingVersion,
  writeWaiting,
} from '../vault/waiting-restore.ts'
import { findChosen, listedIn } from './chosen-backup.ts'
import { expectRoom } from './expect-room.ts'
import { guardVersion } from './guard-version.ts'
import { proveChosen } from './prove-chosen.ts'
import { lookAtTarget } from './target.ts'

/**
 * Proves a listed backup and writes down that it is to be restored at the next start. Its run stays open: the restore
 * itself goes on with it. Nothing of the database is touched.
 */
export function prepareRestore(request: RestoreRequest, tools: RunTools): Promise<null> {
  const about = listedIn(request)
  return runInVault(request, { kind: 'restore', expected: 1, about }, tools, async (context) => {
    const { place } = context
    if (readWaiting(place) !== null) throw restoreWaiting()
    const target = lookAtTarget(request.database, place)
    const chosen = findChosen(request.from, place, request.database)
    if (chosen.entry === null) throw notFound()
    guardVersion(request, chosen, target)
    expectRoom(place.folder, target, chosen.sizeBytes)
    await proveChosen(chosen, context, request.runId)
    if (tools.signal.aborted) throw reasonOf(tools.signal)
    context.commit()
    writeWaiting(place, {
      formatVersion: waitingVersion,
      runId: request.runId,
      name: chosen.name,
      database: request.database.name,
      requestedAt: request.startedAt,
      actor: request.actor,
      appVersion: request.appVersion,
      begun: false,
    })
    context.park()
    return null
  })
}

/** Marks the waiting restore as begun, so that a machine that dies of it doesn't begin it again and again. */
export function beginWaiting(place: Place, runId: string): void {
  const waiting = readWaiting(place)
  if (waiting === null || waiting.runId !== runId || waiting.begun) throw notWaiting()
  writeWaiting(place, { ...waiting, begun: true })
}

/**
 * Takes a waiting restore back. The request goes first: the other way round, a kill between the two would have the
 * restore carried out although it was cancelled. With `because` its run fails for that reason. Needs the folder's lock.
 */
export async function cancelWaiting(
  place: Place,
  runId: string,
  {
    now,
    by,
    because,
  }: {
    readonly now: string
    readonly by: StoredWaiting['actor']
    readonly because?: StoredError | undefined
  },
): Promise<void> {
  const waiting = readWaiting(place)
  if (waiting === null || waiting.runId !== runId || waiting.begun) throw notWaiting()
  dropWaiting(place)
  const open = readRunLog(place).open.find(({ run }) => run.id === runId)
  if (open === undefined) return
  const error = because ?? cancelled(by?.name).toJSON()
  const status = because === undefined ? 'cancelled' : 'failed'
  const run: Run = { ...open.run, status, stage: null, endedAt: now, error }
  await record(place, runEntry(run, by))
  await logEnd(place, run)
}

function notWaiting(): BackupError {
  return new BackupError('not-found', 'This restore is not waiting any more', {
    hint: 'Look at the runs: it may have been carried out or cancelled.',
  })
}
