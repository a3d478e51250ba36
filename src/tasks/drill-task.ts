import { BackupError } from '../engine/errors.ts'
import type { TaskContext, TaskResult, TaskType } from '../host/contract.ts'
import type { DrillService } from '../service/drill-service.ts'
import { drillTaskTypeId } from '../service/task-type-id.ts'
import { tenantOf } from './tenant-of.ts'

/** The second task: proves old backups again and restores the newest for trial. */
export function drillTask(drills: DrillService): TaskType {
  return {
    id: drillTaskTypeId,
    title: { en: 'Restore drill', de: 'Probe der Wiederherstellung' },
    per: 'tenant',
    defaultSchedule: { every: 'week', on: 'sunday', at: '04:00' },
    run: (context) => runDrill(drills, context),
  }
}

async function runDrill(drills: DrillService, context: TaskContext): Promise<TaskResult> {
  try {
    const active = await drills.drillNext(tenantOf(context.scope), context.actor, context.signal)
    const unwatch = active.watch(({ stage, progress }) => {
      if (stage) context.progress({ stage, ...progress })
    })
    const run = await active.ended
    unwatch()
    const outcome = run.status === 'queued' || run.status === 'running' ? 'failed' : run.status
    return { outcome, message: run.error?.message ?? saying(run.backups) }
  } catch (error) {
    if (context.signal.aborted) return { outcome: 'cancelled', message: 'Cancelled while it waited.' }
    if (!(error instanceof BackupError)) throw error
    return { outcome: 'failed', message: error.message }
  }
}

function saying(names: readonly string[]): string {
  return names.length === 0 ? 'There is no backup to try out.' : `Tried out: ${names.join(', ')}`
}
