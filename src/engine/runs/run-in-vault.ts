import type { CurrentItem } from '../archiving.ts'
import type { Progress, Run, RunKind, Stage } from '../backup.ts'
import type { RunRequest } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, reasonOf } from '../failure.ts'
import type { ExamineOptions } from '../proof/examine.ts'
import type { SnapshotSource } from '../source.ts'
import { record } from '../vault/audit-outbox.ts'
import type { Listing } from '../vault/listing.ts'
import { type Lock, lockFolder } from '../vault/lock.ts'
import { makePlace, type Place } from '../vault/place.ts'
import { sweepStaged } from '../vault/publish.ts'
import { reconcile } from '../vault/reconcile.ts'
import { runEntry } from '../vault/run-entry.ts'
import { logEnd, logStart } from '../vault/run-log.ts'
import { dropWaiting, readWaiting } from '../vault/waiting-restore.ts'

/** What a run is given by the process that it runs in. */
export interface RunTools {
  readonly signal: AbortSignal
  readonly source: SnapshotSource
  /** Milliseconds between the caller's start and the moment when these tools were handed out. */
  readonly waitedMs: number
  /** How long to wait while another connection keeps a database locked. */
  readonly sourceTimeoutMs: number
  /** How long to wait for another run of the folder before `busy`. */
  readonly lockWaitMs: number
  /** How long a change outside a run waits for it. */
  readonly changeWaitMs: number
  readonly hostileMs?: ExamineOptions['hostileMs']
  onProgress(stage: Stage, progress: Progress | null, current?: CurrentItem): void
  onCommitted(): void
  readonly onAbandoned: ExamineOptions['onAbandoned']
  readonly checkElsewhere: ExamineOptions['checkElsewhere']
  /** Whether somebody is reading that backup now. */
  isBeingRead(name: string): Promise<boolean>
  /** Resolves when the application has closed the database that a restore replaces. */
  takeOver(): Promise<void>
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
  /** Something to do under the lock when the run's success has been written down, and only then. */
  afterwards(work: () => void): void
  /** Ends this part of the run without ending the run: it goes on at the next start. */
  park(): void
}

export interface RunKindOptions {
  readonly kind: RunKind
  /** How many backups the run means to publish. */
  readonly expected: number
  /** Whether nobody watches it, so that it had better wait for the folder than fail. */
  readonly patient?: boolean
  /** Names of backups that the run is about from its start, also should it be killed. */
  readonly about?: readonly string[]
  /** It goes on with a run that was parked. */
  readonly resumes?: boolean
}

/** Milliseconds: longer than deleting a huge file or sweeping at the start takes. */
const patientWaitMs = 120_000

/**
 * Does `work` under the folder's lock, between the start and the end of a run in the log. Whatever was prepared and
 * not published is gone when this settles. The run's own outcome never depends on whether it could be written down:
 * what is missing in the log the next run reconciles.
 */
export async function runInVault<T>(
  request: RunRequest,
  options: RunKindOptions,
  tools: RunTools,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const journal = keepJournal(request, options, tools)
  tools.onProgress('checking', null)
  const place = makePlace(request.vault)
  let lock: Lock | null = null
  try {
    const waitMs = options.patient ? patientWaitMs : tools.lockWaitMs
    lock = await lockFolder(place, request.runId, { waitMs, signal: tools.signal })
    const resuming = options.resumes ? request.runId : null
    const { listing } = await reconcile(place, { now: journal.now(), resuming })
    await attempt(() => journal.start(place))
    const result = await work({ place, listing, tools: sparing(tools, place), ...journal.forWork })
    await attempt(() => sweepStaged(place))
    await attempt(() => journal.end(place, null))
    return result
  } catch (cause) {
    const error =
      tools.signal.aborted && !journal.committed()
        ? cancellation(cause, reasonOf(tools.signal))
        : failureFrom(cause, 'The run')
    // Both before the lock is free: the next holder takes an open run for an interrupted one.
    if (lock !== null) await attempt(() => sweepStaged(place))
    await attempt(() => journal.end(place, error))
    throw error
  } finally {
    lock?.release()
  }
}

/** Retention leaves the backup alone that waits to be restored. */
function sparing(tools: RunTools, place: Place): RunTools {
  const isBeingRead: RunTools['isBeingRead'] = async (name) =>
    readWaiting(place)?.name === name || (await tools.isBeingRead(name))
  return { ...tools, isBeingRead }
}

/** The work may say more about it than who wanted it. */
const cancellation = (cause: unknown, reason: BackupError): BackupError =>
  cause instanceof BackupError && cause.code === reason.code ? cause : reason

/** What is to be written down about one run. */
function keepJournal(
  request: RunRequest,
  { kind, expected, about = [], resumes }: RunKindOptions,
  tools: RunTools,
) {
  const now = startClock(request.startedAt, tools.waitedMs)
  const names = [...about]
  const later: (() => void)[] = []
  let committed = false
  let parked = false
  const run = (part: Partial<Run>): Run => ({ ...describe(request, kind), backups: names, ...part })
  return {
    now,
    committed: () => committed,
    start: (place: Place) => logStart(place, { run: run({}), actor: request.actor, expected }),
    async end(place: Place, error: BackupError | null) {
      if (parked && error === null) return
      const ended = { endedAt: now(), status: statusOf(error), error: error?.toJSON() ?? null }
      await writeEnd(place, run(ended), request)
      if (error === null) for (const work of later) work()
      if (resumes) dropWaiting(place)
    },
    forWork: {
      now,
      published: (name: string) => {
        if (!names.includes(name)) names.push(name)
      },
      afterwards: (work: () => void) => void later.push(work),
      park() {
        parked = true
      },
      commit() {
        committed = true
        tools.onCommitted()
      },
    },
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

function statusOf(error: BackupError | null): Run['status'] {
  if (error === null) return 'completed'
  return error.code === 'cancelled' ? 'cancelled' : 'failed'
}

function startClock(startedAt: string, waitedMs: number): () => string {
  const began = performance.now() - waitedMs
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
