import { deferred } from '../engine/deferred.ts'
import type { BackupEngine } from '../engine/engine.ts'
import { reasonOf } from '../engine/failure.ts'
import { createEngine } from '../engine/worker-engine.ts'

/** Does something with an engine that ends with it. A look is given up at once when `signal` aborts. */
export async function withEngine<T>(work: (engine: BackupEngine) => Promise<T>): Promise<T> {
  const engine = createEngine()
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

/** For calls that can't be cancelled themselves, because they change nothing. */
export async function orCancelled<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: ended, reject } = deferred<never>()
  const onAbort = () => reject(reasonOf(signal))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  work.catch(() => {})
  try {
    return await Promise.race([work, ended])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
