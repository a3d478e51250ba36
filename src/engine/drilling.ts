import type { RunRequest } from './engine.ts'

export interface DrillRequest extends RunRequest {
  /** Nobody watches it: it waits for the folder like other runs that the schedule starts. */
  readonly patient: boolean
  /** ISO 8601: backups that were not looked at in full since then are due. */
  readonly dueBefore: string
  /** Once so much time has passed no other proof is begun; the next drill goes on with those that are left. */
  readonly withinMs: number
}

export interface DrillResult {
  /** Names of the backups that were restored into a scratch folder, opened and compared: the newest of each database. */
  readonly restored: readonly string[]
  /** Names of those that were proven again. */
  readonly proven: readonly string[]
  /** How many are due and have to wait for the next drill. */
  readonly left: number
}
