import type { Backup } from '../backup.ts'
import type { CreateRequest, LiveDatabase, RemovedBackup } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { byDatabase, planAllRetention, previewRetention } from '../preview-retention.ts'
import type { RetentionPlan } from '../retention.ts'
import { databaseBytes, freeBytes, neededBytes, usedBytes } from '../vault/storage.ts'
import { type Removals, type RetainingRequest, removeAll } from './apply-retention.ts'
import type { RunContext } from './run-in-vault.ts'

/** Good ones per database that stay however little space there is. */
const spared = 2

/** What a run is about to make. */
export interface Coming {
  /** What the new backups are of, one of each. */
  readonly names: readonly string[]
  /** Bytes that they will have at most. */
  readonly bytes: number
  /** Bytes that have to be free while they are made. */
  readonly neededBytes: number
}

export function comingOf(databases: readonly LiveDatabase[]): Coming {
  return {
    names: databases.map(({ name }) => name),
    bytes: databases.reduce((sum, database) => sum + databaseBytes(database), 0),
    neededBytes: neededBytes(databases),
  }
}

/**
 * Makes sure that the next backups of these databases fit, before anything is copied. When they don't, what the
 * retention rules already release goes first, no more of it than it takes, and none when all of it would not do; the
 * two newest proven ones of every database stay. Rejects `disk-full` and `limit-reached` with the numbers.
 */
export async function makeRoom(
  request: RetainingRequest & Pick<CreateRequest, 'maxBytes'>,
  coming: Coming,
  context: RunContext,
): Promise<Removals> {
  const { folder } = context.place
  const needed = coming.neededBytes
  const usedBefore = request.maxBytes === null ? 0 : usedBytes(folder)
  const check = (free: number, gone: readonly Named[]) => {
    if (free < needed) return diskFull(needed, free)
    if (request.maxBytes === null) return null
    const after = usedBefore + growth(request, coming, context, new Set(gone.map(({ name }) => name)))
    return after > request.maxBytes ? limitReached(after, request.maxBytes) : null
  }
  const before = check(freeBytes(folder), [])
  if (before === null) return { removed: [], warnings: [] }
  const doomed = await releasable(request, context)
  const all = doomed.map(({ backup }) => backup)
  if (check(freeBytes(folder) + sizeOf(all), all) !== null) throw before
  const removals = await removeAll(
    request,
    doomed,
    context,
    (gone) => check(freeBytes(folder), gone) === null,
  )
  const still = check(freeBytes(folder), removals.removed)
  if (still !== null) throw still
  return removals
}

type Named = Pick<RemovedBackup, 'name'>

/** What the rules release now and nobody reads, without the two newest proven ones of each database. */
async function releasable(
  request: RetainingRequest,
  { listing, now, tools }: RunContext,
): Promise<RetentionPlan['remove']> {
  const plan = planAllRetention(listing.entries, request.retention, {
    now: now(),
    timeZone: request.timeZone,
  })
  const good = listing.entries.filter(({ backup }) => backup.proven?.outcome === 'passed')
  const kept = [...byDatabase(good).values()].flatMap((entries) =>
    [...entries].sort((a, b) => b.sequence - a.sequence).slice(0, spared),
  )
  const names = new Set(kept.map(({ backup }) => backup.name))
  const released = plan.remove.filter(({ backup }) => !names.has(backup.name))
  const beingRead = await Promise.all(released.map(({ backup }) => tools.isBeingRead(backup.name)))
  return released.filter((_, index) => !beingRead[index])
}

/**
 * Bytes that the folder gains by the next backups, less what is gone by then and what the run's own retention will
 * take away of the rest: each backup counts once.
 */
function growth(
  request: RetainingRequest,
  { names, bytes }: Coming,
  { listing, now }: RunContext,
  gone: ReadonlySet<string>,
): number {
  const lost = listing.entries.filter(({ backup }) => gone.has(backup.name))
  const left = listing.entries.filter(({ backup }) => !gone.has(backup.name))
  const context = { now: now(), timeZone: request.timeZone, databases: names }
  const going = previewRetention(left, request.retention, context).remove
  return bytes - sizeOf([...lost, ...going].map(({ backup }) => backup))
}

const sizeOf = (backups: readonly Pick<Backup, 'sizeBytes'>[]) =>
  backups.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

function diskFull(needed: number, free: number): BackupError {
  return new BackupError('disk-full', `The next backup needs ${needed} bytes, but only ${free} are free`, {
    hint: 'Free some space, delete old backups, or keep fewer of them.',
    details: { neededBytes: needed, freeBytes: free },
  })
}

function limitReached(after: number, limit: number): BackupError {
  return new BackupError(
    'limit-reached',
    `With the next backup the folder would hold ${after} of ${limit} bytes`,
    {
      hint: 'Delete old backups, keep fewer of them, or ask the operator for a higher limit.',
      details: { after, limit },
    },
  )
}
