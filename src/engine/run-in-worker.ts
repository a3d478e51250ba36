import { deferred } from './deferred.ts'
import type { RunOptions, RunRequest } from './engine.ts'
import { BackupError } from './errors.ts'
import { reasonOf } from './failure.ts'
import { type HeavyOptions, KilledInFlight, type WorkerPool } from './worker/pool.ts'
import type { Answer, Arguments, LookName, RunName, TakenBack } from './worker/protocol.ts'

/** Milliseconds. Together they keep the promise that a cancelled run ends within a second. */
export const graceMs = 500
export const takeBackMs = 300
/**
 * Milliseconds for taking back what a crashed process had begun, and what a restore had: the application opens its
 * database as soon as that has ended, and rather a little later than in the middle of it.
 */
export const afterCrashMs = 5_000

type Progressed = Parameters<HeavyOptions['listener']['onProgress'] & {}>[0]

/** A look that takes long, and leaves nothing when it is killed. */
export async function lookInWorker<Name extends LookName>(
  pool: WorkerPool,
  name: Name,
  input: Arguments<Name>,
  { signal, onProgress }: RunOptions,
): Promise<Answer<Name>> {
  try {
    const listener = { onProgress: ({ stage, progress }: Progressed) => onProgress({ stage, progress }) }
    return await pool.heavy(name, input, { signal, listener })
  } catch (error) {
    throw error instanceof KilledInFlight ? reasonOf(signal) : error
  }
}

export interface WorkerRunOptions<Name extends RunName> extends RunOptions {
  readonly listener: Pick<HeavyOptions['listener'], 'isBeingRead' | 'takeOver'>
  onCurrent?(current: Progressed['current'] & {}): void
  /** Milliseconds for taking back what a process that had to be killed had begun. */
  readonly takeBackMs: number
  /** What is said of one that had to be killed, because it did not answer when it was cancelled. */
  killed?(reason: BackupError): BackupError
  /** The answer of a run that turns out to be completed although its process is gone; null when there is none. */
  recovered(taken: TakenBack): Answer<Name> | null
}

/** A run in a worker process. What it leaves when the process is killed or crashes is taken back. */
export async function runInWorker<Name extends RunName>(
  pool: WorkerPool,
  name: Name,
  request: Arguments<Name>,
  options: WorkerRunOptions<Name>,
): Promise<Answer<Name>> {
  const { signal, onProgress, onCurrent, listener } = options
  const began = performance.now()
  onProgress({ stage: 'waiting', progress: null })
  try {
    return await pool.heavy(name, request, {
      signal,
      listener: {
        ...listener,
        onProgress({ stage, progress, current }) {
          onProgress({ stage, progress })
          if (current !== undefined) onCurrent?.(current)
        },
      },
    })
  } catch (cause) {
    const { killed: say = same } = options
    const error = cause instanceof KilledInFlight ? say(reasonOf(signal)) : cause
    if (!(error instanceof BackupError)) throw error
    const killed = cause instanceof KilledInFlight
    if (!killed && error.code !== 'worker-crashed') throw error
    const now = new Date(Date.parse(request.startedAt) + performance.now() - began).toISOString()
    const withinMs = killed ? options.takeBackMs : afterCrashMs
    const taken = await takeBack(pool, request, { error, now, withinMs })
    const answer = taken?.run?.status === 'completed' ? options.recovered(taken) : null
    if (answer === null) throw error
    return answer
  }
}

const same = (reason: BackupError) => reason

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
