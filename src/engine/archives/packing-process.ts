/** How a process is started in which archives are packed or unpacked, and how it keeps answering meanwhile. */
import { readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { availableParallelism, constants, setPriority } from 'node:os'

/**
 * Most of its memory is buffers that are soon done with: a small space for young objects frees them early, and one
 * thread that collects leaves the other cores to those that deflate.
 */
export const packingNodeOptions = ['--max-semi-space-size=1', '--single-threaded-gc'] as const

/** As many threads as there are cores to deflate, one more to keep them busy, and some for reading and writing. */
export const packingEnvironment = {
  UV_THREADPOOL_SIZE: String(availableParallelism() + 4),
  MALLOC_ARENA_MAX: '1',
} as const

/**
 * Lets the main thread go first wherever it competes with those that deflate: it has little to do, and all wait for it.
 * Linux only; elsewhere nothing happens.
 */
export async function favourMainThread(): Promise<void> {
  // The pool begins with the first thing that it has to do.
  await stat('.').catch(() => {})
  for (const thread of poolThreads()) {
    try {
      setPriority(thread, constants.priority.PRIORITY_LOW)
    } catch {
      // Where the system doesn't allow it the work is done all the same.
    }
  }
}

function poolThreads(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').filter(isPoolThread).map(Number)
  } catch {
    return []
  }
}

function isPoolThread(thread: string): boolean {
  return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('libuv-worker')
}
