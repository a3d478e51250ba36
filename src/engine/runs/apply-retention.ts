import type { CreateRequest, OutboxEntry, RemovedBackup } from '../engine.ts'
import { failureFrom } from '../failure.ts'
import { planAllRetention } from '../preview-retention.ts'
import type { RetentionPlan } from '../retention.ts'
import { dropIntent, intend, record } from '../vault/audit-outbox.ts'
import type { Listing } from '../vault/listing.ts'
import { unpublish } from '../vault/publish.ts'
import { type Warning, warning } from '../warnings.ts'
import type { RunContext } from './run-in-vault.ts'

export interface Removals {
  readonly removed: readonly RemovedBackup[]
  readonly warnings: readonly Warning[]
}

/** As much of a run's request as retention needs. */
export type RetainingRequest = Pick<CreateRequest, 'runId' | 'actor' | 'retention' | 'timeZone'>

/** Removes what the rules release now. Only for a run that has published a proven backup. */
export async function applyRetention(
  request: RetainingRequest,
  listing: Listing,
  context: RunContext,
): Promise<Removals> {
  context.tools.onProgress('retention', null)
  const when = { now: context.now(), timeZone: request.timeZone }
  const plan = planAllRetention(listing.entries, request.retention, when)
  const removals = await removeAll(request, plan.remove, context)
  return plan.clock === null
    ? removals
    : { ...removals, warnings: [...removals.warnings, warning(`clock-${plan.clock}`)] }
}

/**
 * One at a time, oldest first, until it is `enough`. One that is being read stays, and one that can't be removed
 * becomes a warning.
 */
export async function removeAll(
  request: RetainingRequest,
  doomed: RetentionPlan['remove'],
  context: RunContext,
  enough: (removed: readonly RemovedBackup[]) => boolean = () => false,
): Promise<Removals> {
  const removed: RemovedBackup[] = []
  const warnings: Warning[] = []
  for (const { backup, reason } of doomed) {
    if (enough(removed)) break
    const { name } = backup
    try {
      if (await context.tools.isBeingRead(name)) continue
      await removeOne(request, { name, reason }, context)
      removed.push({ name, reason })
    } catch (error) {
      warnings.push(warning('not-removed', { name, why: failureFrom(error, 'No reason is known').message }))
    }
  }
  return { removed, warnings }
}

async function removeOne(
  request: RetainingRequest,
  { name, reason }: RemovedBackup,
  context: RunContext,
): Promise<void> {
  const entry: OutboxEntry = {
    id: `${request.runId}:${name}`,
    at: context.now(),
    action: 'backup.remove',
    actor: request.actor,
    target: name,
    outcome: 'success',
    details: { reason, runId: request.runId },
  }
  try {
    await announced(context.place, entry, () => unpublish(context.place, name))
  } catch (error) {
    const { code, message } = failureFrom(error, `The old backup ${name} could not be removed`)
    const failed: OutboxEntry = { ...entry, outcome: 'failure', details: { ...entry.details, code, message } }
    await tried(() => record(context.place, failed))
    throw error
  }
}

/**
 * Writes an intent, does the work, writes the entry. On a full disk the work is done all the same, because deleting
 * is what helps there.
 */
export async function announced(
  place: RunContext['place'],
  entry: OutboxEntry,
  work: () => void,
): Promise<void> {
  const written = await tried(() => intend(place, entry))
  try {
    work()
  } catch (error) {
    if (written) await tried(() => dropIntent(place, entry.id))
    throw error
  }
  await tried(() => record(place, entry))
}

async function tried(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch {
    // What could not be written down here is for the caller to record: it knows the id.
    return false
  }
}
