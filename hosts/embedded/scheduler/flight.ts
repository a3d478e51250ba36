import type {
  Actor,
  Logger,
  TaskCause,
  TaskContext,
  TaskProgress,
  TaskResult,
  TaskType,
} from 'automate-plugin-backup/host'
import { messageOf } from '../host-error.ts'
import { scopeOf } from '../store/scope-key.ts'

export interface FlightPlan {
  readonly type: TaskType
  readonly scope: string
  readonly cause: TaskCause
  readonly actor: Actor | null
  readonly parameters: Readonly<Record<string, unknown>>
  readonly startedAt: number
}

/** One run of a task, from its start to its end. */
export class Flight {
  readonly plan: FlightPlan
  readonly ended: Promise<TaskResult>
  readonly #controller = new AbortController()
  #progress: TaskProgress | null = null

  /** `land` is called with the result before `ended` settles. */
  constructor(plan: FlightPlan, logger: Logger, land: (result: TaskResult) => void) {
    this.plan = plan
    this.ended = this.#run(logger).then((result) => {
      land(result)
      return result
    })
  }

  get progress(): TaskProgress | null {
    return this.#progress
  }

  abort(reason: string): void {
    this.#controller.abort(new DOMException(reason, 'AbortError'))
  }

  async #run(logger: Logger): Promise<TaskResult> {
    const { type, scope, cause, actor, parameters } = this.plan
    const context: TaskContext = {
      scope: scopeOf(scope),
      cause,
      actor,
      parameters,
      signal: this.#controller.signal,
      progress: (progress) => {
        this.#progress = progress
      },
    }
    try {
      // Later than the decision to start, so that a task never runs inside the scheduler's own bookkeeping.
      await Promise.resolve()
      return checked(await type.run(context))
    } catch (error) {
      logger.error(`Task ${type.id} is defective: it rejected`, { scope, error: messageOf(error) })
      return { outcome: 'failed', message: messageOf(error) }
    }
  }
}

const outcomes: readonly unknown[] = ['completed', 'partial', 'failed', 'cancelled']

/** A plugin is not necessarily written in TypeScript. */
function checked(result: TaskResult): TaskResult {
  if (!outcomes.includes(result?.outcome)) throw new TypeError('The task ended without an outcome')
  return { outcome: result.outcome, message: String(result.message ?? '') }
}
