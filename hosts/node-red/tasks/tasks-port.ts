import type { Clock, Schedule, Scope, TaskState, Tasks } from 'automate-plugin-backup/host'
import { nextDue } from 'automate-plugin-backup/schedule'
import { type DrawnTask, drawnTask } from '../flows/drawn-task.ts'
import { FlowMap } from '../flows/flow-map.ts'
import type { TenantDirectory } from '../flows/tenant-directory.ts'
import type { Red } from '../red.ts'
import type { TaskBook } from './task-book.ts'
import { taskKey } from './task-key.ts'
import type { TaskLanes } from './task-lanes.ts'

export interface TasksPortParts {
  readonly red: Red
  readonly lanes: TaskLanes
  readonly book: TaskBook
  readonly tenants: TenantDirectory
  readonly clock: Clock
  readonly serverZone: string
  /** What precedes the path of the editor. */
  readonly base: string
}

const nothingDrawn: DrawnTask = { active: false, schedule: null, node: null }

/** The flows as the scheduler of the contract. */
export function tasksPort(parts: TasksPortParts): Tasks {
  const { lanes, tenants } = parts
  const has = (typeId: string, scope: Scope): boolean => {
    const type = lanes.type(typeId)
    if ('system' in scope) return type?.per === 'system'
    return type?.per === 'tenant' && tenants.find(scope.tenant) !== null
  }
  return {
    name: { en: 'Node-RED', de: 'Node-RED' },
    register: (type) => lanes.register(type),
    read: async (typeId, scope) => (has(typeId, scope) ? stateOf(parts, typeId, scope) : null),
    configure: async () => {
      throw new Error('Schedules are drawn in the flows of Node-RED')
    },
    runNow: async (typeId, scope, { actor, parameters = {} }) => {
      if (!has(typeId, scope)) throw new RangeError(`There is no task ${taskKey(typeId, scope)}`)
      const { ended } = lanes.start(typeId, scope, { cause: 'request', actor, parameters })
      return { ended }
    },
  }
}

function stateOf(parts: TasksPortParts, typeId: string, scope: Scope): TaskState {
  const { book, base } = parts
  const lastRun = book.lastRun(taskKey(typeId, scope))
  const { active, schedule, node } = drawnFor(parts, typeId, scope)
  const due =
    active && schedule && book.pausedSince === null ? nextRun(parts, schedule, scope, lastRun) : null
  return {
    active,
    schedule,
    paused: book.pausedSince === null ? null : { since: book.pausedSince, by: null },
    lastRun,
    nextRunAt: due,
    link: node === null ? `${base}/` : `${base}/#node/${encodeURIComponent(node.id)}`,
  }
}

function drawnFor({ red, tenants, serverZone }: TasksPortParts, type: string, scope: Scope): DrawnTask {
  const tenant = 'tenant' in scope ? tenants.find(scope.tenant) : null
  if (tenant === null) return nothingDrawn
  return drawnTask(new FlowMap(red), { type, tenant: tenant.id, timeZone: tenant.timeZone }, serverZone)
}

/** Inject nodes count their interval from the last deploy, which nobody can ask for: then it isn't known. */
function nextRun(
  { tenants, clock }: TasksPortParts,
  schedule: Schedule,
  scope: Scope,
  lastRun: TaskState['lastRun'],
): string | null {
  const timeZone = ('tenant' in scope && tenants.find(scope.tenant)?.timeZone) || 'UTC'
  const interval = schedule.every === 'minutes' || schedule.every === 'hours'
  if (interval && lastRun?.cause !== 'schedule') return null
  const lastStart = lastRun && Date.parse(lastRun.startedAt)
  return new Date(nextDue(schedule, { timeZone, after: clock.now(), lastStart })).toISOString()
}
