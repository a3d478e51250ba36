import type { RestoreRequest, RestoreResult } from '../restoring.ts'
import { type RunContext, type RunTools, runInVault } from '../runs/run-in-vault.ts'
import { readWaiting } from '../vault/waiting-restore.ts'
import { findChosen, listedIn } from './chosen-backup.ts'
import { Exchange } from './exchange.ts'
import { expectRoom } from './expect-room.ts'
import { guardVersion } from './guard-version.ts'
import { proveChosen } from './prove-chosen.ts'
import { refuseUse } from './refuse-use.ts'
import { beginWaiting, cancelWaiting } from './restore-at-start.ts'
import { lookAtTarget } from './target.ts'

/**
 * Replaces a database by a backup. The order is the result of experiments: the old log goes into the old database
 * before anything is swapped, because beside the new one it would silently undo or blend the restore, and removed
 * first it would be missing should the swap not happen. Killed anywhere, the database is wholly the old or wholly the
 * new one, and the next run in the folder puts the rest in order.
 */
export function restore(request: RestoreRequest, tools: RunTools): Promise<RestoreResult> {
  const { resumes = false } = request
  const about = listedIn(request)
  return runInVault(request, { kind: 'restore', expected: 1, about, resumes }, tools, async (context) => {
    if (resumes) beginWaiting(context.place, request.runId)
    const target = lookAtTarget(request.database, context.place)
    if (!request.openUntilReady) refuseUse(request, target.path)
    const chosen = findChosen(request.from, context.place, request.database)
    if (about.length === 0) context.published(chosen.name)
    const version = guardVersion(request, chosen, target)
    expectRoom(context.place.folder, target, chosen.sizeBytes)
    const looked = await proveChosen(chosen, context, request.runId)
    if (!resumes) await giveWay(request, context)
    const exchanged = await new Exchange(request, context, target, chosen).carryOut(looked)
    return {
      restored: chosen.name,
      createdAt: chosen.backup.createdAt,
      verdict: looked.verdict,
      target: target.path,
      version,
      ...exchanged,
    }
  })
}

/** Whoever restores now doesn't want another restore of the same database at the next start. */
async function giveWay({ database, actor }: RestoreRequest, { place, now }: RunContext): Promise<void> {
  const waiting = readWaiting(place)
  if (waiting?.database !== database.name || waiting.begun) return
  await cancelWaiting(place, waiting.runId, { now: now(), by: actor })
}
