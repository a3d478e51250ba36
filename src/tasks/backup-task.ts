import type { Trigger } from '../engine/backup.ts'
import { BackupError } from '../engine/errors.ts'
import type { TaskContext, TaskType } from '../host/contract.ts'
import { noteFrom } from '../service/note.ts'
import type { CreateOrder, RunService } from '../service/run-service.ts'
import { taskTypeId } from '../service/task-type-id.ts'
import { defaultTenantSettings } from '../settings/tenant-settings.ts'
import { runToEnd } from './run-to-end.ts'
import { tenantOf } from './tenant-of.ts'

/** The task that the host's scheduler runs: a backup of every database of a tenant. */
export function backupTask(runs: RunService): TaskType {
  return {
    id: taskTypeId,
    title: { en: 'Backup', de: 'Datensicherung' },
    per: 'tenant',
    defaultSchedule: defaultTenantSettings.automatic.schedule,
    run: (context) =>
      runToEnd(context, () => runs.createNext(tenantOf(context.scope), orderFrom(context), context.signal)),
  }
}

/** What the host or another plugin may ask for, for example before an update. */
export function orderFrom({ cause, actor, parameters }: TaskContext): CreateOrder {
  const { trigger, note } = parameters
  const asked: Trigger = cause === 'request' ? 'manual' : 'scheduled'
  if (trigger !== undefined && trigger !== 'before-update' && trigger !== 'before-change')
    throw new BackupError('invalid-request', 'The trigger must be "before-update" or "before-change".', {
      hint: 'Leave it out for a plain backup.',
      details: { field: 'trigger' },
    })
  return { trigger: trigger ?? asked, actor, note: noteFrom(note) }
}
