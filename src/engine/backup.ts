import type { StoredError } from './errors.ts'

export const triggers = [
  'manual',
  'scheduled',
  'before-update',
  'before-change',
  'before-restore',
  'imported',
] as const
export type Trigger = (typeof triggers)[number]

/** The last time that a backup was looked at in full. */
export interface Examination {
  readonly at: string
  readonly outcome: 'passed' | 'failed'
}

/** One finished copy of one database. */
export interface Backup {
  /** File name in the backups folder. */
  readonly name: string
  /** Name of the database that it is a copy of; empty when nothing tells. */
  readonly database: string
  /** The run that made it or took it in; null for a file that was put there. */
  readonly runId: string | null
  /** ISO 8601, UTC. */
  readonly createdAt: string
  readonly sizeBytes: number
  readonly trigger: Trigger
  /** Name of the user; null for the schedule. */
  readonly createdBy: string | null
  readonly note: string | null
  /** Hexadecimal. Null for an imported one that was never checked. */
  readonly sha256: string | null
  /** Bound to the commit that it was taken from, and found whole. Null for one that came from elsewhere. */
  readonly proven: Examination | null
  /** Found whole, without anything to compare it with. */
  readonly checked: Examination | null
  readonly protected: boolean
  readonly appVersion: string | null
}

export type RunKind = 'create' | 'verify' | 'restore' | 'drill' | 'upload'
export type RunStatus = 'queued' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled'
export type Stage =
  | 'waiting'
  | 'checking'
  | 'snapshot'
  | 'proof'
  | 'publish'
  | 'retention'
  /** Sources go into an archive. */
  | 'archive'
  /** What is in an archive is put back, file by file. */
  | 'unpack'
  /** The backup is laid beside the database that it will replace. */
  | 'staging'
  /** The application closes the database that is going to be replaced. */
  | 'closing'
  /** The state before a restore becomes a backup. */
  | 'saving'
  /** It takes the database's place. */
  | 'swap'
  /** What lies there now is compared with the backup. */
  | 'compare'

/** What was done so far, never an estimate. */
export interface Progress {
  readonly done: number
  readonly total: number
  readonly unit: 'bytes' | 'pages'
}

/** One attempt to make, prove or restore backups. */
export interface Run {
  readonly id: string
  readonly kind: RunKind
  readonly status: RunStatus
  readonly stage: Stage | null
  readonly progress: Progress | null
  readonly trigger: Trigger
  /** Names of the backups that it made, proved or restored. */
  readonly backups: readonly string[]
  readonly startedAt: string
  readonly endedAt: string | null
  readonly error: StoredError | null
}
