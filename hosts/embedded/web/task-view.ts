import type { Schedule, TaskProgress, TaskType } from 'automate-plugin-backup/host'
import type { StoredRun } from '../scheduler/task-store.ts'
import { isoOf } from '../scheduler/tasks-port.ts'
import { scopeOf } from '../store/scope-key.ts'
import type { WebParts } from './parts.ts'
import { type Language, localized } from './text/index.ts'

/** A task as the AUTOMATE page and its JSON show it. */
export interface TaskView {
  readonly type: string
  readonly title: string
  /** Null for a task of the installation. */
  readonly tenant: string | null
  readonly tenantName: string | null
  readonly timeZone: string
  readonly status: 'running' | 'paused' | 'active' | 'inactive'
  readonly active: boolean
  readonly schedule: Schedule | null
  readonly running: { readonly startedAt: string; readonly progress: TaskProgress | null } | null
  readonly queued: number
  readonly lastRun: {
    readonly startedAt: string
    readonly endedAt: string | null
    readonly outcome: string | null
    readonly cause: string
    readonly message: string | null
  } | null
  readonly nextRunAt: string | null
}

export function taskView(
  type: TaskType,
  scopeKey: string,
  { scheduler, tenants }: WebParts,
  language: Language,
): TaskView {
  const task = scheduler.read(type.id, scopeKey)
  const scope = scopeOf(scopeKey)
  const tenant = 'tenant' in scope ? tenants.find(scope.tenant) : null
  const flight = scheduler.flight(type.id, scopeKey)
  const next = scheduler.nextRunAt(task)
  const resting = !task.active ? 'inactive' : scheduler.pause === null ? 'active' : 'paused'
  return {
    type: type.id,
    title: localized(type.title, language),
    tenant: tenant?.id ?? null,
    tenantName: tenant?.displayName ?? null,
    timeZone: scheduler.timetable.timeZoneOf(scopeKey),
    status: flight === null ? resting : 'running',
    active: task.active,
    schedule: scheduler.timetable.scheduleOf(task),
    running: flight && { startedAt: isoOf(flight.plan.startedAt), progress: flight.progress },
    queued: scheduler.queued(type.id, scopeKey),
    lastRun: task.lastRun && runView(task.lastRun),
    nextRunAt: next === null ? null : isoOf(next),
  }
}

function runView(run: StoredRun): TaskView['lastRun'] {
  return {
    startedAt: isoOf(run.startedAt),
    endedAt: run.endedAt === null ? null : isoOf(run.endedAt),
    outcome: run.outcome,
    cause: run.cause,
    message: run.message,
  }
}
