import { basename } from 'node:path'
import { deferred } from './deferred.ts'
import type { BackupEngine, CreateResult, RunOptions, RunRequest } from './engine.ts'
import { BackupError } from './errors.ts'
import { reasonOf } from './failure.ts'
import { BackupReaders } from './open-backup.ts'
import { Receivers } from './receivers.ts'
import type { RestoreOptions, RestoreRequest, RestoreResult } from './restoring.ts'
import { matchSchemas, matchVersions } from './version-match.ts'
import { KilledInFlight, WorkerPool } from './worker/pool.ts'
import type { Answer, Arguments, HeavyName, RunName, TakenBack } from './worker/protocol.ts'

export interface EngineOptions {
  /** Worker processes at most. */
  readonly processes?: number
  /** Milliseconds after which a process without work ends. */
  readonly idleMs?: number
  /** Milliseconds for which a run waits while something else keeps a database locked. */
  readonly sourceTimeoutMs?: number
  /** Milliseconds for which deleting and protecting wait for a run of the same folder before `busy`. */
  readonly changeWaitMs?: number
  /** Milliseconds for checking even the smallest file that came from elsewhere; larger ones get more. */
  readonly hostileMs?: number
  /** Milliseconds after which a sender that says nothing counts as gone. */
  readonly uploadIdleMs?: number
  /** Environment of the worker processes, besides the little that they always get. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Milliseconds. Together they keep the promise that a cancelled run ends within a second. */
const graceMs = 500
const takeBackMs = 300
/** Milliseconds: longer than anything that waits for a lock. */
const lightMs = 60_000
/** Milliseconds for which a second run of one folder waits before `busy`. */
const lockWaitMs = 300
/**
 * Milliseconds for taking back what a crashed process had begun, and what a restore had: the application opens its
 * database as soon as that has ended, and rather a little later than in the middle of it.
 */
const afterCrashMs = 5_000

/** The engine of this package: does everything on disk in a few worker processes, started when needed. */
export function createEngine(options: EngineOptions = {}): BackupEngine {
  const readers = new BackupReaders()
  const pool = new WorkerPool({
    processes: options.processes ?? 2,
    idleMs: options.idleMs ?? 30_000,
    graceMs,
    lightMs,
    environment: options.environment ?? {},
    settings: {
      sourceTimeoutMs: options.sourceTimeoutMs ?? 7_000,
      changeWaitMs: options.changeWaitMs ?? 5_000,
      hostileMs: options.hostileMs ?? 60_000,
      lockWaitMs,
    },
  })
  const receivers = new Receivers({
    idleMs: options.uploadIdleMs ?? 30_000,
    locate: (vault, id) => pool.light('findUpload', { vault, id }),
  })
  const run = <Name extends RunName>(name: Name, request: Arguments<Name>, runOptions: RestoreOptions) =>
    runHeavy({ pool, readers }, name, request, runOptions)
  return {
    create: (request, runOptions) => run('create', request, runOptions),
    verify: (request, runOptions) => run('verify', request, runOptions),
    restore: (request, runOptions) => run('restore', request, runOptions),
    prepareRestore: async (request, runOptions) => void (await run('prepareRestore', request, runOptions)),
    cancelRestore: async (vault, runId, operation) =>
      void (await pool.light('cancelRestore', { vault, runId, operation })),
    drill: (request, runOptions) => run('drill', request, runOptions),
    previewRestore: (request, runOptions) => lookHeavy(pool, 'preview', request, runOptions),
    examine: (vault, file, runOptions) => lookHeavy(pool, 'examine', { vault, file }, runOptions),
    beginUpload: (vault, order) => pool.light('beginUpload', { vault, order }),
    uploads: (vault) => pool.light('uploads', { vault }),
    receive: (vault, id, receiving) => receivers.receive(vault, id, receiving),
    dropUpload: (vault, id, end) =>
      receivers.alone(vault, id, async () => void (await pool.light('dropUpload', { vault, id, end }))),
    importUpload: (request, runOptions) => run('importUpload', request, runOptions),
    inspect: (vault) => pool.light('inspect', { vault }),
    remove: (vault, name, operation) => pool.light('remove', { vault, name, operation }),
    protect: (vault, name, change) => pool.light('protect', { vault, name, change }),
    noteSchedule: async (vault, note) => void (await pool.light('noteSchedule', { vault, note })),
    reconcile: (vault, { now }) => pool.light('reconcile', { vault, now }),
    outbox: (vault) => pool.light('outbox', { vault }),
    acknowledge: async (vault, ids) => void (await pool.light('acknowledge', { vault, ids })),
    open: (vault, name) => readers.open(vault, name, () => pool.light('find', { vault, name })),
    async close() {
      await receivers.close()
      await pool.close()
    },
  }
}

interface Parts {
  readonly pool: WorkerPool
  readonly readers: BackupReaders
}

/** A look that takes long, and leaves nothing when it is killed. */
async function lookHeavy<Name extends Exclude<HeavyName, RunName>>(
  pool: WorkerPool,
  name: Name,
  input: Arguments<Name>,
  { signal, onProgress }: RunOptions,
): Promise<Answer<Name>> {
  try {
    const listener = {
      onProgress: ({ stage, progress }: Parameters<RunOptions['onProgress']>[0]) =>
        onProgress({ stage, progress }),
    }
    return await pool.heavy(name, input, { signal, listener })
  } catch (error) {
    throw error instanceof KilledInFlight ? reasonOf(signal) : error
  }
}

async function runHeavy<Name extends RunName>(
  { pool, readers }: Parts,
  name: Name,
  request: Arguments<Name>,
  { signal, onProgress, takeOver }: RestoreOptions,
): Promise<Answer<Name>> {
  const began = performance.now()
  onProgress({ stage: 'waiting', progress: null })
  try {
    return await pool.heavy(name, request, {
      signal,
      listener: {
        onProgress: ({ stage, progress }) => onProgress({ stage, progress }),
        isBeingRead: (backup) => readers.isReading(request.vault, backup),
        ...(takeOver && { takeOver }),
      },
    })
  } catch (cause) {
    const error = cause instanceof KilledInFlight ? reasonOf(signal) : cause
    if (!(error instanceof BackupError)) throw error
    const killed = cause instanceof KilledInFlight
    if (!killed && error.code !== 'worker-crashed') throw error
    const now = new Date(Date.parse(request.startedAt) + performance.now() - began).toISOString()
    const withinMs = killed && name !== 'restore' ? takeBackMs : afterCrashMs
    const taken = await takeBack(pool, request, { error, now, withinMs })
    if (taken?.run?.status !== 'completed') throw error
    if (name === 'create') return completed(taken) as Answer<Name>
    if (name === 'restore') return restored(request as RestoreRequest, taken) as Answer<Name>
    if (name === 'importUpload' && taken.backups[0]) return taken.backups[0] as Answer<Name>
    throw error
  }
}

/** Sweeps and closes a run whose process is gone. Null when that takes too long: the next start or run does it then. */
async function takeBack(
  pool: WorkerPool,
  { vault, runId }: RunRequest,
  { error, now, withinMs }: { readonly error: BackupError; readonly now: string; readonly withinMs: number },
): Promise<TakenBack | null> {
  const { promise: timeUp, resolve } = deferred<null>()
  const timer = setTimeout(resolve, withinMs, null)
  const work = pool.light('takeBack', { vault, runId, now, error: error.toJSON() }).catch(() => null)
  try {
    return await Promise.race([work, timeUp])
  } finally {
    clearTimeout(timer)
  }
}

/** The backup has taken the database's place; it was found good before, and only the comparison may be missing. */
function restored(
  { database, from, appVersion, startedAt }: RestoreRequest,
  { backups }: TakenBack,
): RestoreResult {
  return {
    restored: 'listed' in from ? from.listed : basename(from.file),
    createdAt: startedAt,
    verdict: 'checked',
    target: database.path,
    saved: backups[0] ?? null,
    salvagedTo: null,
    version: matchVersions(null, appVersion, matchSchemas(null, null)),
    warnings: ['The worker process ended after the backup was put in place; it was not compared once more.'],
  }
}

/** Everything was published before the process ended; only its retention may be missing. */
function completed({ backups }: TakenBack): CreateResult {
  return {
    backups,
    removed: [],
    warnings: [
      'The worker process ended after the backup was published; old backups are removed by the next run.',
    ],
  }
}
