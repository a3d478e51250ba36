import type {
  Actor,
  Scope,
  TaskCause,
  TaskContext,
  TaskProgress,
  TaskResult,
  TaskType,
} from 'automate-plugin-backup/host'

/** Why and for whom a run starts. */
export interface Order {
  readonly cause: TaskCause
  readonly actor: Actor | null
  readonly parameters: Readonly<Record<string, unknown>>
  /** Hears of progress as often as the task tells it. */
  readonly onProgress?: (progress: TaskProgress) => void
}

/** One run, from the moment it was asked for: it may wait behind another one first. */
export class Flight {
  readonly order: Order
  readonly ended: Promise<TaskResult>
  readonly #abort = new AbortController()
  #settle: (result: TaskResult) => void = () => {}

  constructor(order: Order) {
    this.order = order
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted
  }

  abort(reason: string): void {
    this.#abort.abort(new DOMException(reason, 'AbortError'))
  }

  /** Runs the task; never rejects. `complain` hears of a defect. */
  async fly(type: TaskType, scope: Scope, complain: (error: unknown) => void): Promise<TaskResult> {
    const { cause, actor, parameters, onProgress = () => {} } = this.order
    const context: TaskContext = {
      scope,
      cause,
      actor,
      parameters,
      signal: this.#abort.signal,
      progress: onProgress,
    }
    try {
      return checked(await type.run(context))
    } catch (error) {
      complain(error)
      const message = error instanceof Error ? error.message : String(error)
      return {
        outcome: 'failed',
        message,
        error: { code: 'internal', message, hint: 'See the log of Node-RED.' },
      }
    }
  }

  land(result: TaskResult): void {
    this.#settle(result)
  }
}

const outcomes: readonly unknown[] = ['completed', 'partial', 'failed', 'cancelled']

/** A plugin is not necessarily written in TypeScript. */
function checked(result: TaskResult): TaskResult {
  if (!outcomes.includes(result?.outcome)) throw new TypeError('The task ended without an outcome')
  return result
}
