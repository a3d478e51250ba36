import type { Run } from '../backup.ts'
import type { Actor, OutboxEntry } from '../engine.ts'

/** The audit entry of a run's end. Its id is the run's, so that it counts once however often it is written. */
export function runEntry(run: Run, actor: Actor): OutboxEntry {
  return {
    id: run.id,
    at: run.endedAt ?? run.startedAt,
    action: `backup.${run.kind}`,
    actor,
    target: run.backups.join(', '),
    outcome: run.status === 'completed' ? 'success' : run.status === 'cancelled' ? 'cancelled' : 'failure',
    details: {
      trigger: run.trigger,
      backups: run.backups,
      ...(run.error === null ? {} : { code: run.error.code, message: run.error.message }),
    },
  }
}
