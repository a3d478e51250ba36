import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { createCalls } from './calls.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts'

/**
 * Makes this process one that works for its parent: it carries out what it is asked for at low priority, and lives as
 * long as its parent does.
 */
export function serve(
  parts: (settings: WorkerSettings) => Omit<Parameters<typeof createCalls>[0], 'send' | 'settings'>,
): void {
  const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings
  const calls = createCalls({ ...parts(settings), settings, send })
  // Killed rather than exited: exiting waits for a thread that is in the middle of a long check.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.on('message', (message: ToWorker) => calls.receive(message))
  // A Ctrl-C at the terminal reaches the whole group; the parent decides what becomes of a run.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  lowerPriority()
}

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}

/** On Linux each thread has a priority of its own, which those that it starts inherit; some run already. */
function lowerPriority(): void {
  for (const thread of threads()) {
    try {
      setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
    } catch {
      // Where the system doesn't allow it the work is done all the same.
    }
  }
}

function threads(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return [process.pid]
  }
}
