import type { Clock, Logger, Scope, TaskResult, TaskType } from 'automate-plugin-backup/host'
import { Flight, type Order } from './flight.ts'
import type { TaskBook } from './task-book.ts'
import { taskKey, typeOf } from './task-key.ts'

/** One task of one scope: what flies, and what waits behind it. */
interface Lane {
  flight: Flight | null
  readonly waiting: Flight[]
}

/** Runs the tasks of each scope one after the other. It starts nothing by itself: that is what flows are for. */
export class TaskLanes {
  readonly #types = new Map<string, TaskType>()
  readonly #lanes = new Map<string, Lane>()
  readonly #book: TaskBook
  readonly #clock: Clock
  readonly #logger: Logger
  #stopping = false

  constructor(parts: { readonly book: TaskBook; readonly clock: Clock; readonly logger: Logger }) {
    this.#book = parts.book
    this.#clock = parts.clock
    this.#logger = parts.logger
  }

  type(id: string): TaskType | null {
    return this.#types.get(id) ?? null
  }

  /** The undo aborts what flies and resolves when it has ended; what waits never starts. */
  register(type: TaskType): () => Promise<void> {
    if (this.#types.has(type.id)) throw new Error(`A task type ${type.id} is registered already`)
    this.#types.set(type.id, type)
    return async () => {
      if (this.#types.get(type.id) !== type) return
      this.#types.delete(type.id)
      await this.#abandon([...this.#lanes].filter(([key]) => typeOf(key) === type.id))
    }
  }

  /**
   * Starts a run, or queues it. A schedule that comes round while one of its runs waits already gets `busy`: more
   * would only pile up.
   */
  start(typeId: string, scope: Scope, order: Order): Flight {
    const flight = new Flight(order)
    const key = taskKey(typeId, scope)
    const lane = this.#lane(key)
    if (this.#stopping || !this.#types.has(typeId)) flight.land(cancelled('Node-RED is stopping.'))
    else if (order.cause === 'schedule' && lane.waiting.some((one) => one.order.cause === 'schedule'))
      flight.land(busy())
    else lane.waiting.push(flight)
    this.#pump(key, scope)
    return flight
  }

  /** What runs now, or waits next. */
  current(typeId: string, scope: Scope): Flight | null {
    const lane = this.#lane(taskKey(typeId, scope))
    return lane.flight ?? lane.waiting[0] ?? null
  }

  /** Resolves when nothing runs or waits any more. */
  async idle(): Promise<void> {
    for (let flights = this.#flights(); flights.length > 0; flights = this.#flights())
      await Promise.all(flights.map((flight) => flight.ended))
  }

  /** Starts nothing more, aborts what runs, and resolves when that has ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#abandon([...this.#lanes])
  }

  #pump(key: string, scope: Scope): void {
    const lane = this.#lane(key)
    if (lane.flight !== null) return
    const flight = lane.waiting.shift()
    if (flight === undefined) return
    lane.flight = flight
    void this.#fly(key, scope, flight).then((result) => {
      lane.flight = null
      flight.land(result)
      this.#pump(key, scope)
    })
  }

  async #fly(key: string, scope: Scope, flight: Flight): Promise<TaskResult> {
    const type = this.#types.get(typeOf(key))
    if (type === undefined || flight.aborted) return cancelled('Cancelled while it waited.')
    const run = { startedAt: this.#now(), endedAt: null, outcome: null, cause: flight.order.cause }
    await this.#book.write(key, run)
    const result = await flight.fly(type, scope, (error) =>
      this.#logger.error(`Task ${type.id} is defective: it rejected`, { reason: String(error) }),
    )
    await this.#book.write(key, { ...run, endedAt: this.#now(), outcome: result.outcome })
    return result
  }

  async #abandon(lanes: readonly (readonly [string, Lane])[]): Promise<void> {
    for (const [, { waiting }] of lanes)
      for (const flight of waiting.splice(0)) flight.land(cancelled('Cancelled while it waited.'))
    for (const [, { flight }] of lanes) flight?.abort('The task is being stopped')
    await Promise.all(lanes.map(([, { flight }]) => flight?.ended))
  }

  #lane(key: string): Lane {
    const lane = this.#lanes.get(key) ?? { flight: null, waiting: [] }
    this.#lanes.set(key, lane)
    return lane
  }

  #flights(): Flight[] {
    return [...this.#lanes.values()].flatMap(({ flight, waiting }) =>
      flight ? [flight, ...waiting] : waiting,
    )
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }
}

function cancelled(message: string): TaskResult {
  return {
    outcome: 'cancelled',
    message,
    error: { code: 'cancelled', message, hint: 'The next run starts anew.' },
  }
}

function busy(): TaskResult {
  const message = 'One backup is running and the next one waits already.'
  const hint = 'Start them less often than they take.'
  return { outcome: 'failed', message, error: { code: 'busy', message, hint } }
}
