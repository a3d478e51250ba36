import type { StoredError } from '../engine/errors.ts'
import { BackupError } from '../engine/errors.ts'
import type { TaskContext, TaskResult } from '../host/contract.ts'
import type { ActiveRun } from '../service/active-run.ts'
import { publicBackup } from '../service/public-backup.ts'

/** Begins a run for a task and follows it to its end. */
export async function runToEnd(context: TaskContext, begin: () => Promise<ActiveRun>): Promise<TaskResult> {
  try {
    const active = await begin()
    const unwatch = active.watch(({ stage, progress }) => {
      if (stage) context.progress({ stage, ...progress })
    })
    await active.ended
    unwatch()
    return resultOf(active)
  } catch (error) {
    if (context.signal.aborted) return failed('cancelled', cancelledWhileWaiting())
    if (!(error instanceof BackupError)) throw error
    return failed('failed', error)
  }
}

/** `output` has the finished backups as the pages show them, `{ runId, backups }`, and is there when any were made. */
function resultOf({ run, made }: ActiveRun): TaskResult {
  const outcome = run.status === 'queued' || run.status === 'running' ? 'failed' : run.status
  const output = made.length > 0 ? { output: { runId: run.id, backups: made.map(publicBackup) } } : {}
  if (run.error) return { ...failed(outcome, run.error), ...output }
  return { outcome, message: `Proven: ${run.backups.join(', ')}`, ...output }
}

function failed(
  outcome: TaskResult['outcome'],
  { code, message, hint }: Pick<StoredError, 'code' | 'message' | 'hint'>,
): TaskResult {
  return { outcome, message, error: { code, message, hint } }
}

function cancelledWhileWaiting(): BackupError {
  return new BackupError('cancelled', 'Cancelled while it waited.', { hint: 'The next run starts anew.' })
}
