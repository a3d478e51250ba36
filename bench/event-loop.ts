import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds by which timers of this process came late. */
export interface LoopDelay {
  readonly p99: number
  readonly max: number
}

export async function eventLoopDuring<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly loop: LoopDelay }> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const result = await work()
  delay.disable()
  return { result, loop: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 } }
}
