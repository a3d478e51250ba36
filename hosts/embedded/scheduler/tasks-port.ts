import type { Scope, TaskState, Tasks, TaskType } from 'automate-plugin-backup/host'
import { automatePath } from '../paths.ts'
import { keyOf } from '../store/scope-key.ts'
import type { TenantDirectory } from '../tenants/tenant-directory.ts'
import type { Scheduler } from './scheduler.ts'
import type { StoredTask } from './task-store.ts'

/** The scheduler as the contract shows it. */
export function tasksPort(scheduler: Scheduler, tenants: TenantDirectory): Tasks {
  const find = (typeId: string, scope: Scope): TaskType | null => {
    const type = scheduler.types.find((candidate) => candidate.id === typeId)
    return type !== undefined && hasTask(type, scope, tenants) ? type : null
  }
  const demand = (typeId: string, scope: Scope): void => {
    if (find(typeId, scope) === null) throw new RangeError(`There is no task ${typeId} for ${keyOf(scope)}`)
  }
  return {
    name: { en: 'AUTOMATE', de: 'AUTOMATE' },
    register: (type) => scheduler.register(type),
    async read(typeId, scope) {
      return find(typeId, scope) === null ? null : stateOf(scheduler, scheduler.read(typeId, keyOf(scope)))
    },
    async configure(typeId, scope, change) {
      demand(typeId, scope)
      scheduler.configure(typeId, keyOf(scope), { active: change.active, schedule: change.schedule })
      return stateOf(scheduler, scheduler.read(typeId, keyOf(scope)))
    },
    async runNow(typeId, scope, { actor, parameters = {} }) {
      demand(typeId, scope)
      return scheduler.runNow(typeId, keyOf(scope), { actor, parameters })
    },
  }
}

function hasTask(type: TaskType, scope: Scope, tenants: TenantDirectory): boolean {
  if ('system' in scope) return type.per === 'system'
  return type.per === 'tenant' && tenants.find(scope.tenant) !== null
}

function stateOf(scheduler: Scheduler, task: StoredTask): TaskState {
  const next = scheduler.nextRunAt(task)
  const { lastRun } = task
  return {
    active: task.active,
    schedule: scheduler.timetable.scheduleOf(task),
    paused: scheduler.pause,
    lastRun: lastRun && {
      startedAt: isoOf(lastRun.startedAt),
      endedAt: lastRun.endedAt === null ? null : isoOf(lastRun.endedAt),
      outcome: lastRun.outcome,
      cause: lastRun.cause,
    },
    nextRunAt: next === null ? null : isoOf(next),
    link: automatePath,
  }
}

export function isoOf(instant: number): string {
  return new Date(instant).toISOString()
}
