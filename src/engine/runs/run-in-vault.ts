import type { Progress, Run, RunKind, Stage } from '../backup.ts'
import type { RunRequest } from '../engine.ts'
import type { BackupError } from '../errors.ts'
import { failureFrom, reasonOf } from '../failure.ts'
import type { ExamineOptions } from '../proof/examine.ts'
import type { SnapshotSource } from '../source.ts'
import { record } from '../vault/audit-outbox.ts'
import type { Listing } from '../vault/listing.ts'
import { lockFolder } from '../vault/lock.ts'
import { makePlace, type Place } from '../vault/place.ts'
import { sweepStaged } from '../vault/publish.ts'
import { reconcile } from '../vault/reconcile.ts'
import { runEntry } from '../vault/run-entry.ts'
import { logEnd, logStart } from '../vault/run-log.ts'

/** What a run is given by the process that it runs in. */
export interface RunTools {
  readonly signal: AbortSignal
  readonly source: SnapshotSource
  /** How long to wait for another run of the folder before `busy`. */
  readonly lockWaitMs: number
  onProgress(stage: Stage, progress: Progress | null): void
  onCommitted(): void
  readonly onAbandoned: ExamineOptions['onAbandoned']
  /** Whether somebody is reading that backup now. */
  isBeingRead(name: string): Promise<boolean>
}

/** A run that holds the folder's lock. */
export interface RunContext {
  readonly place: Place
  /** What was listed when the run began. */
  readonly listing: Listing
  readonly tools: RunTools
  /** ISO 8601: the start that the caller named, plus what has passed since on a clock that nobody can set. */
  now(): string
  /** Names a backup that the run's end shall speak of, also when it fails later. */
  published(name: string): void
  /** From now on the run completes, whoever wants to cancel it. */
  commit(): void
}

export interface RunKindOptions {
  readonly kind: RunKind
  /** How many backups the run means to publish. */
  readonly expected: number
}

/**
 * Does `work` under the folder's lock, between the start and the end of a run in the log. Whatever was prepared and
 * not published is gone when this settles. The run's own failure is never hidden by one of writing it down.
 */
export async function runInVault<T>(
  request: RunRequest,
  options: RunKindOptions,
  tools: RunTools,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const now = startClock(request.startedAt)
  const names: string[] = []
  let committed = false
  const commit = () => {
    committed = true
    tools.onCommitted()
  }
  const run = (part: Partial<Run>): Run => ({ ...describe(request, options.kind), backups: names, ...part })
  tools.onProgress('checking', null)
  const place = makePlace(request.vault)
  const finish = async (part: Partial<Run>) => writeEnd(place, run({ endedAt: now(), ...part }), request)
  try {
    const result = await underLock(place, request, tools, async () => {
      const { listing } = await reconcile(place, { now: now() })
      await attempt(() => logStart(place, { run: run({}), actor: request.actor, expected: options.expected }))
      try {
        return await work({ place, listing, tools, now, published: (name) => void names.push(name), commit })
      } finally {
        await attempt(() => sweepStaged(place))
      }
    })
    await finish({ status: 'completed' })
    return result
  } catch (cause) {
    const error = tools.signal.aborted && !committed ? reasonOf(tools.signal) : failureFrom(cause, 'The run')
    await attempt(() => finish({ status: statusOf(error), error: error.toJSON() }))
    throw error
  }
}

async function underLock<T>(
  place: Place,
  request: RunRequest,
  tools: RunTools,
  work: () => Promise<T>,
): Promise<T> {
  const { signal, lockWaitMs } = tools
  const lock = await lockFolder(place, request.runId, { waitMs: lockWaitMs, signal })
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/** The entry goes first: a kill between the two leaves the run open, and closing it writes the same entry again. */
async function writeEnd(place: Place, run: Run, request: RunRequest): Promise<void> {
  await record(place, runEntry(run, request.actor))
  await logEnd(place, run)
}

function describe(request: RunRequest, kind: RunKind): Run {
  return {
    id: request.runId,
    kind,
    status: 'running',
    stage: null,
    progress: null,
    trigger: request.trigger,
    backups: [],
    startedAt: request.startedAt,
    endedAt: null,
    error: null,
  }
}

const statusOf = (error: BackupError) => (error.code === 'cancelled' ? 'cancelled' : 'failed')

function startClock(startedAt: string): () => string {
  const began = performance.now()
  return () => new Date(Date.parse(startedAt) + performance.now() - began).toISOString()
}

/** Writing down or cleaning up that fails, for example on a full disk, must not hide why the run failed. */
async function attempt(work: () => void | Promise<void>): Promise<void> {
  try {
    await work()
  } catch {
    // The next run reconciles what is missing.
  }
}
