import type { Clock, Schedule, TaskType } from 'automate-plugin-backup/host'
import type { TenantDirectory } from '../tenants/tenant-directory.ts'
import { corrected, nextUnsettled } from './due.ts'
import { keyOf, splitKey } from './task-key.ts'
import type { StoredTask, TaskStore } from './task-store.ts'

interface TimetableParts {
  readonly store: TaskStore
  readonly tenants: TenantDirectory
  readonly clock: Clock
  readonly timeZone: string
}

/** Knows when each active task is due next, so that looking costs a comparison and not a calendar. */
export class Timetable {
  readonly #parts: TimetableParts
  readonly #types: ReadonlyMap<string, TaskType>
  readonly #due = new Map<string, number>()

  constructor(parts: TimetableParts, types: ReadonlyMap<string, TaskType>) {
    this.#parts = parts
    this.#types = types
  }

  /** What is due by `now`, the longest overdue first. */
  due(now: number): string[] {
    const due = [...this.#due].filter(([, at]) => at <= now)
    return due.sort(([, a], [, b]) => a - b).map(([key]) => key)
  }

  /** Null for a task that nothing would start. */
  dueAt(key: string): number | null {
    return this.#due.get(key) ?? null
  }

  planAll(typeId?: string): void {
    for (const id of typeId === undefined ? this.#types.keys() : [typeId])
      for (const task of this.#parts.store.activeOf(id)) this.plan(task)
  }

  /** False when nothing would start it; a task of a tenant that is no longer there keeps its row and rests. */
  plan(task: StoredTask): boolean {
    const key = keyOf(task.type, task.scope)
    const schedule = this.scheduleOf(task)
    if (!task.active || schedule === null || !this.#exists(task.scope)) {
      this.#due.delete(key)
      return false
    }
    const believed = corrected(task, schedule, this.#parts.clock.now())
    if (believed !== task) this.#parts.store.save(believed)
    this.#due.set(key, nextUnsettled(believed, schedule, this.timeZoneOf(task.scope)))
    return true
  }

  forget(typeId: string): void {
    for (const key of this.#due.keys()) if (splitKey(key)[0] === typeId) this.#due.delete(key)
  }

  scheduleOf(task: StoredTask): Schedule | null {
    return task.schedule ?? this.#types.get(task.type)?.defaultSchedule ?? null
  }

  /** Also for a pause: when the task would run if there were none. Null while it is inactive. */
  nextRunAt(task: StoredTask): number | null {
    const schedule = this.scheduleOf(task)
    if (!task.active || schedule === null) return null
    const believed = corrected(task, schedule, this.#parts.clock.now())
    return nextUnsettled(believed, schedule, this.timeZoneOf(task.scope))
  }

  timeZoneOf(scope: string): string {
    if (scope === 'system') return this.#parts.timeZone
    return this.#parts.tenants.find(scope.slice('tenant:'.length))?.timeZone ?? 'UTC'
  }

  #exists(scope: string): boolean {
    return scope === 'system' || this.#parts.tenants.find(scope.slice('tenant:'.length)) !== null
  }
}
