import type { TaskType } from '../host/contract.ts'
import type { ArchiveRuns } from '../service/system/archive-runs.ts'
import { contentFrom } from '../service/system/content-from.ts'
import { profileTaskId } from '../service/system/profile-tasks.ts'
import type { Profile } from '../settings/profiles.ts'
import { orderFrom } from './backup-task.ts'
import { runToEnd } from './run-to-end.ts'

/** The task of one profile: an archive of what it names. Takes the parameters of a backup, and `content`. */
export function profileTask(runs: () => ArchiveRuns, { id, automatic }: Profile): TaskType {
  return {
    id: profileTaskId(id),
    title: { en: `System backup: ${id}`, de: `Systemsicherung: ${id}` },
    per: 'system',
    defaultSchedule: automatic.schedule,
    run: (context) =>
      runToEnd(context, () => {
        const content = contentFrom(context.parameters.content)
        return runs().createNext(id, { ...orderFrom(context), content }, context.signal)
      }),
  }
}
