/**
 * The worker process, and its own composition root: here it is decided which source serves live databases. It lives
 * as long as its parent and touches what the parent must not: live databases and everything in a tenant's root.
 */
import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { createSqliteSource } from '../sources/sqlite/sqlite-source.ts'
import { createCalls } from './calls.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings
const source = createSqliteSource({ timeoutMs: settings.sourceTimeoutMs })
const calls = createCalls({ source, settings, send })

// Killed rather than exited: exiting waits for a thread that is in the middle of a long check.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (message: ToWorker) => calls.receive(message))
// A Ctrl-C at the terminal reaches the whole group; the parent decides what becomes of a run.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
lowerPriority()

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
