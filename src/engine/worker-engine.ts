import { basename } from 'node:path'
import type { BackupEngine, CreateResult } from './engine.ts'
import { Looks } from './looks.ts'
import { BackupReaders } from './open-backup.ts'
import { Receivers } from './receivers.ts'
import type { RestoreOptions, RestoreRequest, RestoreResult } from './restoring.ts'
import { afterCrashMs, graceMs, lookInWorker, runInWorker, takeBackMs } from './run-in-worker.ts'
import { matchSchemas, matchVersions } from './version-match.ts'
import { warning } from './warnings.ts'
import { WorkerPool } from './worker/pool.ts'
import type { Answer, Arguments, TakenBack, VaultRunName } from './worker/protocol.ts'

export interface EngineOptions {
  /** Which backups are being read in this process, where another engine has to know it, too. */
  readonly readers?: BackupReaders
  /** Worker processes at most. */
  readonly processes?: number
  /** Milliseconds after which a process without work ends. */
  readonly idleMs?: number
  /** Milliseconds for which a run waits while something else keeps a database locked. */
  readonly sourceTimeoutMs?: number
  /** Milliseconds for which deleting and protecting wait for a run of the same folder before `busy`. */
  readonly changeWaitMs?: number
  /** Milliseconds after which a search in a backup pauses, and after which a look into one is ended. */
  readonly looks?: { readonly pauseMs?: number; readonly withinMs?: number }
  /** Milliseconds for checking even the smallest file that came from elsewhere; larger ones get more. */
  readonly hostileMs?: number
  /** Milliseconds after which a sender that says nothing counts as gone. */
  readonly uploadIdleMs?: number
  /** Environment of the worker processes, besides the little that they always get. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Milliseconds: longer than anything that waits for a lock. */
const lightMs = 60_000
/** Milliseconds for which a second run of one folder waits before `busy`. */
const lockWaitMs = 300
/** The engine of this package: does everything on disk in a few worker processes, started when needed. */
export function createEngine(options: EngineOptions = {}): BackupEngine {
  const readers = options.readers ?? new BackupReaders()
  const pool = new WorkerPool({
    processes: options.processes ?? 2,
    idleMs: options.idleMs ?? 30_000,
    graceMs,
    lightMs,
    environment: options.environment ?? {},
    settings: {
      sourceTimeoutMs: options.sourceTimeoutMs ?? 7_000,
      changeWaitMs: options.changeWaitMs ?? 5_000,
      hostileMs: options.hostileMs,
      lockWaitMs,
    },
  })
  const looks = new Looks({
    environment: options.environment ?? {},
    hold: (vault, name) => readers.hold(vault, name),
    find: (vault, name) => pool.light('find', { vault, name }),
    findMissing: (vault, database, question) => pool.light('findMissing', { vault, database, question }),
    ...options.looks,
  })
  const receivers = new Receivers({
    idleMs: options.uploadIdleMs ?? 30_000,
    locate: (vault, id) => pool.light('findUpload', { vault, id }),
  })
  const run = <Name extends VaultRunName>(
    name: Name,
    request: Arguments<Name>,
    { signal, onProgress, takeOver }: RestoreOptions,
  ) =>
    runInWorker(pool, name, request, {
      signal,
      onProgress,
      listener: {
        isBeingRead: (backup) => readers.isReading(request.vault, backup),
        ...(takeOver && { takeOver }),
      },
      takeBackMs: name === 'restore' ? afterCrashMs : takeBackMs,
      recovered: (taken) => recovered(name, request, taken),
    })
  return {
    create: (request, runOptions) => run('create', request, runOptions),
    verify: (request, runOptions) => run('verify', request, runOptions),
    restore: (request, runOptions) => run('restore', request, runOptions),
    prepareRestore: async (request, runOptions) => void (await run('prepareRestore', request, runOptions)),
    cancelRestore: async (vault, runId, operation) =>
      void (await pool.light('cancelRestore', { vault, runId, operation })),
    drill: (request, runOptions) => run('drill', request, runOptions),
    previewRestore: (request, runOptions) => lookInWorker(pool, 'preview', request, runOptions),
    examine: (vault, file, runOptions) => lookInWorker(pool, 'examine', { vault, file }, runOptions),
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
    rescueTables: (look, { signal }) => looks.tables(look, { signal }),
    rescueRows: (look, { signal }) => looks.rows(look, { signal }),
    takeRows: (taking, { signal }) => looks.take(taking, { signal }),
    async close() {
      looks.close()
      await receivers.close()
      await pool.close()
    },
  }
}

/** What a run came to whose process ended after it was as good as done. */
function recovered<Name extends VaultRunName>(
  name: Name,
  request: Arguments<Name>,
  taken: TakenBack,
): Answer<Name> | null {
  if (name === 'create') return completed(taken) as Answer<Name>
  if (name === 'importUpload') return (taken.backups[0] ?? null) as Answer<Name>
  return name === 'restore' ? (restored(request as RestoreRequest, taken) as Answer<Name>) : null
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
    warnings: [warning('not-compared')],
  }
}

/** Everything was published before the process ended; only its retention may be missing. */
function completed({ backups }: TakenBack): CreateResult {
  return {
    backups,
    removed: [],
    warnings: [warning('not-tidied')],
  }
}
