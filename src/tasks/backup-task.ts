import type { Trigger } from '../engine/backup.ts'
import { BackupError, type StoredError } from '../engine/errors.ts'
import type { TaskContext, TaskResult, TaskType } from '../host/contract.ts'
import type { ActiveRun } from '../service/active-run.ts'
import { noteFrom } from '../service/note.ts'
import { publicBackup } from '../service/public-backup.ts'
import type { CreateOrder, RunService } from '../service/run-service.ts'
import { taskTypeId } from '../service/task-type-id.ts'
import { defaultTenantSettings } from '../settings/tenant-settings.ts'
import { tenantOf } from './tenant-of.ts'

/** The task that the host's scheduler runs: a backup of every database of a tenant. */
export function backupTask(runs: RunService): TaskType {
  return {
    id: taskTypeId,
    title: { en: 'Backup', de: 'Datensicherung' },
    per: 'tenant',
    defaultSchedule: defaultTenantSettings.automatic.schedule,
    run: (context) => runBackup(runs, context),
  }
}

async function runBackup(runs: RunService, context: TaskContext): Promise<TaskResult> {
  try {
    const active = await runs.createNext(tenantOf(context.scope), orderFrom(context), context.signal)
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

/** What the host or another plugin may ask for, for example before an update. */
function orderFrom({ cause, actor, parameters }: TaskContext): CreateOrder {
  const { trigger, note } = parameters
  const asked: Trigger = cause === 'request' ? 'manual' : 'scheduled'
  if (trigger !== undefined && trigger !== 'before-update' && trigger !== 'before-change')
    throw new BackupError('invalid-request', 'The trigger must be "before-update" or "before-change".', {
      hint: 'Leave it out for a plain backup.',
      details: { field: 'trigger' },
    })
  return { trigger: trigger ?? asked, actor, note: noteFrom(note) }
}
