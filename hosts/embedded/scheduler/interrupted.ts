import type { StoredTask, TaskStore } from './task-store.ts'

/** Ends, in the books, the runs that a kill of the host cut off. `lastSeen` is when the host was last known to live. */
export function closeInterrupted(store: TaskStore, lastSeen: number): void {
  for (const task of store.unended()) {
    if (task.lastRun === null) continue
    const endedAt = Math.max(task.lastRun.startedAt, lastSeen)
    const message = 'The host ended while the task ran'
    store.save(dueAgain({ ...task, lastRun: { ...task.lastRun, endedAt, outcome: 'failed', message } }))
  }
}

/**
 * A scheduled run that the host's end cut off was missed because the host was down: its moment is due again. Only
 * once: the run that makes up for it is not repeated, so that a run which brings the host down doesn't do so for ever.
 * Intervals need no second chance, their next beat is the next start's.
 */
export function dueAgain(task: StoredTask): StoredTask {
  if (task.lastRun?.cause !== 'schedule' || task.lastDue === null) return task
  return { ...task, settledAt: task.lastDue - 1, lastDue: null }
}
