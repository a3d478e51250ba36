import { archiveProgram } from './archive-worker/program.ts'
import type { ArchiveEngine, ArchiveResult, ArchiveRunOptions } from './archiving.ts'
import type { RunOptions } from './engine.ts'
import { partly } from './failure.ts'
import { BackupReaders } from './open-backup.ts'
import { afterCrashMs, graceMs, lookInWorker, runInWorker, takeBackMs } from './run-in-worker.ts'
import { warning } from './warnings.ts'
import { WorkerPool } from './worker/pool.ts'
import type { Answer, ArchiveRunName, Arguments, TakenBack } from './worker/protocol.ts'

export interface ArchiveEngineOptions {
  /** Processes at most, so many archives at a time; of one folder there is never more than one. */
  readonly processes?: number
  /** Milliseconds after which a process without work ends. */
  readonly idleMs?: number
  /** Milliseconds for which a run waits while something else keeps a database locked. */
  readonly sourceTimeoutMs?: number
  /** Milliseconds for checking even the smallest archive that came from elsewhere; larger ones get more. */
  readonly hostileMs?: number
  /** Which archives are being read in this process: retention leaves those alone. */
  readonly readers?: BackupReaders
  /** Environment of the processes, besides the little that they always get. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Milliseconds: a light call takes back what a killed run has left, which may be large. */
const lightMs = 60_000
/** Milliseconds for which a second run of one folder waits before `busy`. */
const lockWaitMs = 300
const changeWaitMs = 5_000

/** The archive engine of this package: processes of its own, so that an archive of an hour delays no tenant. */
export function createArchiveEngine(options: ArchiveEngineOptions = {}): ArchiveEngine {
  const readers = options.readers ?? new BackupReaders()
  const pool = new WorkerPool({
    program: archiveProgram,
    processes: options.processes ?? 2,
    idleMs: options.idleMs ?? 5_000,
    graceMs,
    lightMs,
    environment: options.environment ?? {},
    settings: {
      sourceTimeoutMs: options.sourceTimeoutMs ?? 7_000,
      hostileMs: options.hostileMs,
      changeWaitMs,
      lockWaitMs,
    },
  })
  const run = <Name extends ArchiveRunName>(
    name: Name,
    request: Arguments<Name>,
    { signal, onProgress, onItem }: ArchiveRunOptions,
  ) => {
    let isUnpacking = false
    return runInWorker(pool, name, request, {
      signal,
      onProgress(seen) {
        isUnpacking ||= seen.stage === 'unpack'
        onProgress(seen)
      },
      killed: (reason) => (isUnpacking ? partly(reason) : reason),
      ...(onItem && { onCurrent: onItem }),
      listener: { isBeingRead: (archive) => readers.isReading(request.vault, archive) },
      takeBackMs: name === 'archiveRestore' ? afterCrashMs : takeBackMs,
      recovered: (taken) => recovered(name, taken),
    })
  }
  return {
    measure: (sources, { signal }) => lookInWorker(pool, 'archiveMeasure', { sources }, silently(signal)),
    create: (request, runOptions) => run('archiveCreate', request, runOptions),
    verify: (request, runOptions) => run('archiveVerify', request, runOptions),
    importUpload: (request, runOptions) => run('archiveImport', request, runOptions),
    look: (vault, from, { signal }) => lookInWorker(pool, 'archiveLook', { vault, from }, silently(signal)),
    examine: (vault, from, options) => lookInWorker(pool, 'archiveExamine', { vault, from }, options),
    restore: (request, runOptions) => run('archiveRestore', request, runOptions),
    close: () => pool.close(),
  }
}

const silently = (signal: AbortSignal): RunOptions => ({ signal, onProgress() {} })

/** What a run came to whose process ended after it was as good as done. */
function recovered<Name extends ArchiveRunName>(name: Name, taken: TakenBack): Answer<Name> | null {
  if (name === 'archiveCreate') return completed(taken) as Answer<Name>
  return name === 'archiveImport' ? ((taken.backups[0] ?? null) as Answer<Name>) : null
}

/** It was published before the process ended; only its retention may be missing. */
function completed({ backups: [backup] }: TakenBack): ArchiveResult | null {
  if (backup === undefined) return null
  return {
    backup,
    leftOut: [],
    removed: [],
    // What was left out its manifest says.
    warnings: [warning('not-tidied')],
  }
}
