import type { Actor, TaskResult } from 'automate-plugin-backup/host'
import type { Flight } from './flight.ts'

/** Somebody asked for a run. */
export interface RunRequest {
  readonly actor: Actor
  readonly parameters: Readonly<Record<string, unknown>>
  readonly settle: (result: TaskResult) => void
}

/** One task: at most one run in flight, and those who asked for another behind it. */
export class Lane {
  flight: Flight | null = null
  readonly requests: RunRequest[] = []

  abandon(reason: string): void {
    for (const request of this.requests.splice(0)) request.settle({ outcome: 'cancelled', message: reason })
    this.flight?.abort(reason)
  }
}
