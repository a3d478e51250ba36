import type { CreateRequest, LiveDatabase, RemovedBackup } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { byDatabase, planAllRetention, previewRetention } from '../preview-retention.ts'
import type { RetentionPlan } from '../retention.ts'
import { databaseBytes, freeBytes, neededBytes, usedBytes } from '../vault/storage.ts'
import { type Removals, removeAll } from './apply-retention.ts'
import type { RunContext } from './run-in-vault.ts'

/** Good ones per database that stay however little space there is. */
const spared = 2

/**
 * Makes sure that the next backups of these databases fit, before anything is copied. When they don't, what the
 * retention rules release already goes first; the two newest proven ones of every database stay. Rejects `disk-full`
 * and `limit-reached` with the numbers.
 */
export async function makeRoom(
  request: CreateRequest,
  databases: readonly LiveDatabase[],
  context: RunContext,
): Promise<Removals> {
  const needed = neededBytes(databases)
  const fits = () => freeBytes(context.place.folder) >= needed && withinLimit(request, databases, context)
  if (fits()) return { removed: [], warnings: [] }
  const removals = await removeAll(request, releasable(request, context), context)
  const free = freeBytes(context.place.folder)
  if (free < needed) throw diskFull(needed, free)
  if (!withinLimit(request, databases, context, removals.removed))
    throw limitReached(request, databases, context)
  return removals
}

/** What the rules release now, without the two newest proven ones of each database. */
function releasable(request: CreateRequest, { listing, now }: RunContext): RetentionPlan['remove'] {
  const plan = planAllRetention(listing.entries, request.retention, {
    now: now(),
    timeZone: request.timeZone,
  })
  const good = listing.entries.filter(({ backup }) => backup.proven?.outcome === 'passed')
  const kept = [...byDatabase(good).values()].flatMap((entries) =>
    [...entries].sort((a, b) => b.sequence - a.sequence).slice(0, spared),
  )
  const names = new Set(kept.map(({ backup }) => backup.name))
  return plan.remove.filter(({ backup }) => !names.has(backup.name))
}

/** Counts what the run's own retention will take away again. */
function withinLimit(
  request: CreateRequest,
  databases: readonly LiveDatabase[],
  context: RunContext,
  removed: readonly RemovedBackup[] = [],
): boolean {
  return request.maxBytes === null || bytesAfter(request, databases, context, removed) <= request.maxBytes
}

function bytesAfter(
  request: CreateRequest,
  databases: readonly LiveDatabase[],
  { place, listing, now }: RunContext,
  removed: readonly RemovedBackup[] = [],
): number {
  const gone = new Set(removed.map(({ name }) => name))
  const left = listing.entries.filter(({ backup }) => !gone.has(backup.name))
  const names = databases.map(({ name }) => name)
  const context = { now: now(), timeZone: request.timeZone, databases: names }
  const going = previewRetention(left, request.retention, context).remove
  const freed = going.reduce((sum, { backup }) => sum + backup.sizeBytes, 0)
  const coming = databases.reduce((sum, database) => sum + databaseBytes(database), 0)
  return usedBytes(place.folder) + coming - freed
}

function diskFull(needed: number, free: number): BackupError {
  return new BackupError('disk-full', `The next backup needs ${needed} bytes, but only ${free} are free`, {
    hint: 'Free some space, delete old backups, or keep fewer of them.',
    details: { neededBytes: needed, freeBytes: free },
  })
}

function limitReached(
  request: CreateRequest,
  databases: readonly LiveDatabase[],
  context: RunContext,
): BackupError {
  const after = bytesAfter(request, databases, context)
  const limit = request.maxBytes ?? 0
  return new BackupError(
    'limit-reached',
    `With the next backup the folder would hold ${after} of ${limit} bytes`,
    {
      hint: 'Delete old backups, keep fewer of them, or ask the operator for a higher limit.',
      details: { after, limit },
    },
  )
}
