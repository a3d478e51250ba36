import type { Clock, Logger, Schedule, TaskResult, TaskRun, TaskType } from 'automate-plugin-backup/host'
import { within } from '../patience.ts'
import type { Facts } from '../store/host-database.ts'
import type { TenantDirectory } from '../tenants/tenant-directory.ts'
import { Books } from './books.ts'
import { sameSchedule, scheduleProblem } from './due.ts'
import { Flight } from './flight.ts'
import { closeInterrupted, dueAgain } from './interrupted.ts'
import { Lane, type RunRequest } from './lane.ts'
import { keyOf, splitKey } from './task-key.ts'
import type { StoredTask, TaskStore } from './task-store.ts'
import { Timetable } from './timetable.ts'

/** Runs that the schedule starts at once, over all tenants. What somebody asked for comes on top. */
const scheduledAtOnce = 3
const stopPatience = 15_000
const heartbeatEvery = 10_000

export interface SchedulerParts {
  readonly store: TaskStore
  readonly facts: Facts
  readonly tenants: TenantDirectory
  readonly clock: Clock
  readonly logger: Logger
  /** Of the system's tasks. */
  readonly timeZone: string
}

export interface Pause {
  readonly since: string
  readonly by: string
}

/**
 * Decides what runs when. Deciding is synchronous and starts nothing twice: a due moment is settled on disk in the
 * step that starts its run.
 */
export class Scheduler {
  readonly timetable: Timetable
  readonly #parts: SchedulerParts
  readonly #types = new Map<string, TaskType>()
  readonly #lanes = new Map<string, Lane>()
  readonly #books: Books
  /** Due and waiting for a free place, the one that has waited longest first. */
  readonly #waiting = new Set<string>()
  /** What was due before it was missed because the host was down. */
  #upSince: number
  #lastTick: number
  #lastBeat = 0
  #stopping = false
  #closed = false

  constructor(parts: SchedulerParts) {
    this.#parts = parts
    this.timetable = new Timetable(parts, this.#types)
    this.#books = new Books(parts.logger)
    this.#upSince = parts.clock.now()
    this.#lastTick = this.#upSince
    closeInterrupted(parts.store, Number(parts.facts.read('heartbeat') ?? this.#upSince))
  }

  get types(): readonly TaskType[] {
    return [...this.#types.values()]
  }

  get pause(): Pause | null {
    return (this.#parts.facts.read('paused') as Pause | undefined) ?? null
  }

  register(type: TaskType): () => Promise<void> {
    if (this.#types.has(type.id)) throw new Error(`A task type ${type.id} is registered already`)
    this.#types.set(type.id, type)
    this.timetable.planAll(type.id)
    return async () => {
      if (this.#types.get(type.id) !== type) return
      this.#types.delete(type.id)
      const keys = [...this.#lanes.keys()].filter((key) => splitKey(key)[0] === type.id)
      this.timetable.forget(type.id)
      this.#abandon(keys, 'The plugin was stopped')
      await Promise.all(keys.map((key) => this.#lane(key).flight?.ended))
    }
  }

  /** Starts what is due. */
  tick(): void {
    const now = this.#parts.clock.now()
    this.#books.write(() => this.#beat(now))
    if (this.#stopping || this.pause !== null) return
    if (now < this.#lastTick) this.#books.write(() => this.#believeClock(now))
    this.#lastTick = now
    for (const key of this.timetable.due(now)) this.#waiting.add(key)
    this.#pump()
  }

  /** Resolves when no run is in flight and none is waiting for one to end. */
  async idle(): Promise<void> {
    for (let flights = this.#flights(); flights.length > 0; flights = this.#flights())
      await Promise.all(flights.map((flight) => flight.ended))
  }

  pauseAll(by: string): Pause {
    const pause = this.pause ?? { since: new Date(this.#parts.clock.now()).toISOString(), by }
    this.#parts.facts.write('paused', pause)
    this.#waiting.clear()
    return pause
  }

  resumeAll(): void {
    if (this.pause === null) return
    this.#parts.store.settleAll(this.#parts.clock.now())
    this.#parts.facts.remove('paused')
    this.timetable.planAll()
  }

  read(typeId: string, scope: string): StoredTask {
    return this.#parts.store.read(typeId, scope) ?? this.#fresh(typeId, scope)
  }

  /** Throws a `RangeError` for a schedule that makes no sense. */
  configure(
    typeId: string,
    scope: string,
    change: { readonly active: boolean; readonly schedule: Schedule },
  ): void {
    const problem = scheduleProblem(change.schedule)
    if (problem !== null) throw new RangeError(problem)
    const before = this.read(typeId, scope)
    const goesOn = before.active && sameSchedule(this.timetable.scheduleOf(before), change.schedule)
    const settledAt = goesOn ? before.settledAt : this.#parts.clock.now()
    this.#save({ ...before, ...change, settledAt, lastDue: goesOn ? before.lastDue : null })
  }

  runNow(typeId: string, scope: string, request: Omit<RunRequest, 'settle'>): TaskRun {
    const ended = new Promise<TaskResult>((settle) => {
      if (this.#stopping) settle({ outcome: 'cancelled', message: 'The host is stopping' })
      else this.#lane(keyOf(typeId, scope)).requests.push({ ...request, settle })
    })
    this.#pump()
    return { ended }
  }

  /** False when nothing runs. */
  cancel(typeId: string, scope: string, reason: string): boolean {
    const flight = this.flight(typeId, scope)
    flight?.abort(reason)
    return flight !== null
  }

  flight(typeId: string, scope: string): Flight | null {
    return this.#lanes.get(keyOf(typeId, scope))?.flight ?? null
  }

  /** Runs that wait for the one in flight, or for a free place. */
  queued(typeId: string, scope: string): number {
    const key = keyOf(typeId, scope)
    return (this.#lanes.get(key)?.requests.length ?? 0) + (this.#waiting.has(key) ? 1 : 0)
  }

  /** Null while nothing would start the task. */
  nextRunAt(task: StoredTask): number | null {
    return this.pause === null ? this.timetable.nextRunAt(task) : null
  }

  /** Starts nothing more and aborts what runs. What that cuts off of the schedule is made up for at the next start. */
  announceStop(): void {
    this.#stopping = true
    this.#abandon([...this.#lanes.keys()], 'The host is stopping')
  }

  /** Waits, within reason, for what runs to end. What ends later is no longer written down. */
  async stop(): Promise<void> {
    this.announceStop()
    const ended = await within(stopPatience, Promise.all(this.#flights().map((flight) => flight.ended)))
    if (!ended) this.#parts.logger.error('A task did not end when it was told to')
    this.#closed = true
  }

  /** The clock was set back: what it said before is no measure of what comes. */
  #believeClock(now: number): void {
    this.#upSince = Math.min(this.#upSince, now)
    this.timetable.planAll()
  }

  /** Remembers that the host lives, not so often that the disk would never rest. */
  #beat(now: number): void {
    if (Math.abs(now - this.#lastBeat) < heartbeatEvery) return
    this.#parts.facts.write('heartbeat', now)
    this.#lastBeat = now
  }

  #pump(): void {
    for (const [key, lane] of this.#lanes) {
      const request = lane.flight === null ? lane.requests.shift() : undefined
      if (request !== undefined) this.#start(key, request)
    }
    for (const key of this.#waiting) {
      if (this.#flights().filter((flight) => flight.plan.cause !== 'request').length >= scheduledAtOnce)
        return
      if (this.#lane(key).flight !== null) continue
      this.#waiting.delete(key)
      // Somebody may have rescheduled it, or run it by hand, while it waited.
      const due = this.timetable.dueAt(key)
      if (due !== null && due <= this.#parts.clock.now()) this.#start(key, null)
    }
  }

  #start(key: string, request: RunRequest | null): void {
    const [typeId, scope] = splitKey(key)
    const type = this.#types.get(typeId)
    if (type === undefined) {
      request?.settle({ outcome: 'cancelled', message: 'The plugin was stopped' })
      return
    }
    const due = request === null ? this.timetable.dueAt(key) : null
    const now = this.#parts.clock.now()
    const cause = due === null ? 'request' : due <= this.#upSince ? 'missed' : 'schedule'
    const lastRun = { startedAt: now, endedAt: null, outcome: null, cause, message: null } as const
    const settled = due === null ? {} : { settledAt: now, lastDue: due }
    const task = { ...this.read(typeId, scope), ...settled, countedFrom: now, lastRun }
    // Without the note that it started it might start twice: it stays due.
    if (!this.#books.write(() => this.#save(task))) {
      request?.settle({ outcome: 'failed', message: 'The host could not write down that the task starts' })
      return
    }
    const { actor = null, parameters = {} } = request ?? {}
    const plan = { type, scope, cause, actor, parameters, startedAt: now } as const
    const flight: Flight = new Flight(plan, this.#parts.logger, (result) => {
      this.#land(flight, result)
      request?.settle(result)
    })
    this.#lane(key).flight = flight
  }

  #land(flight: Flight, result: TaskResult): void {
    if (this.#closed) return
    const { type, scope, startedAt } = flight.plan
    const endedAt = this.#parts.clock.now()
    const cutOff = this.#stopping && result.outcome === 'cancelled'
    this.#books.writeInTheEnd(() => {
      this.#parts.store.end({ type: type.id, scope, startedAt, endedAt, ...result })
      if (cutOff) this.#parts.store.save(dueAgain(this.read(type.id, scope)))
    })
    this.#lane(keyOf(type.id, scope)).flight = null
    this.#pump()
  }

  #abandon(keys: readonly string[], reason: string): void {
    for (const key of keys) {
      this.#waiting.delete(key)
      this.#lane(key).abandon(reason)
    }
  }

  #save(task: StoredTask): void {
    this.#parts.store.save(task)
    if (!this.timetable.plan(task)) this.#waiting.delete(keyOf(task.type, task.scope))
  }

  #fresh(type: string, scope: string): StoredTask {
    const settledAt = this.#parts.clock.now()
    return {
      type,
      scope,
      active: false,
      schedule: null,
      settledAt,
      countedFrom: null,
      lastDue: null,
      lastRun: null,
    }
  }

  #lane(key: string): Lane {
    const lane = this.#lanes.get(key) ?? new Lane()
    this.#lanes.set(key, lane)
    return lane
  }

  #flights(): Flight[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.flight ?? [])
  }
}
