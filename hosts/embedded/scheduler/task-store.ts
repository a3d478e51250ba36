import type { Schedule, TaskCause, TaskOutcome } from 'automate-plugin-backup/host'
import type { HostDatabase } from '../store/host-database.ts'

/** One task as it is stored. Instants are epoch milliseconds. */
export interface StoredTask {
  readonly type: string
  readonly scope: string
  readonly active: boolean
  /** Null until somebody has chosen one. */
  readonly schedule: Schedule | null
  /** Every due moment up to this instant has been started, or is not to be made up for. */
  readonly settledAt: number
  /** What an interval counts from. */
  readonly countedFrom: number | null
  /** The due moment that was started last. */
  readonly lastDue: number | null
  readonly lastRun: StoredRun | null
}

export interface StoredRun {
  readonly startedAt: number
  readonly endedAt: number | null
  readonly outcome: TaskOutcome | null
  readonly cause: TaskCause
  readonly message: string | null
}

export interface EndedRun {
  readonly type: string
  readonly scope: string
  readonly startedAt: number
  readonly endedAt: number
  readonly outcome: TaskOutcome
  readonly message: string
}

interface Row {
  readonly type: string
  readonly scope: string
  readonly active: number
  readonly schedule: string | null
  readonly settled_at: number
  readonly counted_from: number | null
  readonly last_due: number | null
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly outcome: TaskOutcome | null
  readonly cause: TaskCause | null
  readonly message: string | null
}

/** Durable when a call returns. */
export class TaskStore {
  readonly #database: HostDatabase

  constructor(database: HostDatabase) {
    this.#database = database
  }

  read(type: string, scope: string): StoredTask | null {
    const row = this.#database
      .prepare<[string, string], Row>('select * from tasks where type = ? and scope = ?')
      .get(type, scope)
    return row === undefined ? null : taskOf(row)
  }

  activeOf(type: string): StoredTask[] {
    return this.#database
      .prepare<[string], Row>('select * from tasks where type = ? and active = 1')
      .all(type)
      .map(taskOf)
  }

  unended(): StoredTask[] {
    return this.#database
      .prepare<[], Row>('select * from tasks where started_at is not null and ended_at is null')
      .all()
      .map(taskOf)
  }

  save(task: StoredTask): void {
    this.#database
      .prepare(
        `insert into tasks (type, scope, active, schedule, settled_at, counted_from, last_due,
           started_at, ended_at, outcome, cause, message)
         values (:type, :scope, :active, :schedule, :settledAt, :countedFrom, :lastDue,
           :startedAt, :endedAt, :outcome, :cause, :message)
         on conflict (type, scope) do update set
           active = excluded.active, schedule = excluded.schedule, settled_at = excluded.settled_at,
           counted_from = excluded.counted_from, last_due = excluded.last_due, started_at = excluded.started_at,
           ended_at = excluded.ended_at, outcome = excluded.outcome, cause = excluded.cause,
           message = excluded.message`,
      )
      .run({
        type: task.type,
        scope: task.scope,
        active: task.active ? 1 : 0,
        schedule: task.schedule === null ? null : JSON.stringify(task.schedule),
        settledAt: task.settledAt,
        countedFrom: task.countedFrom,
        lastDue: task.lastDue,
        startedAt: task.lastRun?.startedAt ?? null,
        endedAt: task.lastRun?.endedAt ?? null,
        outcome: task.lastRun?.outcome ?? null,
        cause: task.lastRun?.cause ?? null,
        message: task.lastRun?.message ?? null,
      })
  }

  /** Nothing happens when another run has started since. */
  end(run: EndedRun): void {
    this.#database
      .prepare(
        `update tasks set ended_at = :endedAt, outcome = :outcome, message = :message
         where type = :type and scope = :scope and started_at = :startedAt`,
      )
      .run(run)
  }

  /** What was due up to `instant` is not made up for, for any task. */
  settleAll(instant: number): void {
    this.#database.prepare('update tasks set settled_at = max(settled_at, ?)').run(instant)
  }
}

function taskOf(row: Row): StoredTask {
  return {
    type: row.type,
    scope: row.scope,
    active: row.active === 1,
    schedule: row.schedule === null ? null : JSON.parse(row.schedule),
    settledAt: row.settled_at,
    countedFrom: row.counted_from,
    lastDue: row.last_due,
    lastRun: row.started_at === null ? null : runOf(row, row.started_at),
  }
}

function runOf(row: Row, startedAt: number): StoredRun {
  return {
    startedAt,
    endedAt: row.ended_at,
    outcome: row.outcome,
    cause: row.cause ?? 'request',
    message: row.message,
  }
}
