import type { Backup, Progress, Run, Stage, Trigger } from './backup.ts'
import type { DrillRequest, DrillResult } from './drilling.ts'
import type { StoredError } from './errors.ts'
import type { BackupLook, RescueRows, RescueTables, RowsLook, RowsTaking, TakenRows } from './rescuing.ts'
import type {
  CheckResult,
  PreviewRequest,
  RestoreOptions,
  RestorePreview,
  RestoreRequest,
  RestoreResult,
  WaitingRestore,
} from './restoring.ts'
import type { RetentionReason, RetentionRules } from './retention.ts'
import type { ImportRequest, Received, ReceiveOptions, Upload, UploadEnd, UploadOrder } from './uploading.ts'
import type { Warning } from './warnings.ts'

/** A live database that is backed up. */
export interface LiveDatabase {
  readonly name: string
  readonly path: string
}

/** Where one tenant's backups are kept, and what must never be touched there. */
export interface Vault {
  /** The tenant root. Paths in sidecars are relative to it. */
  readonly root: string
  /** The backups folder; below the root unless an operator has set another one. It is made when it is missing. */
  readonly folder: string
  /** Every live database of the tenant, also those that a call is not about. */
  readonly databases: readonly LiveDatabase[]
  /** What lies in the folder: copies of databases when it is left out. Neither is ever listed among the other. */
  readonly holds?: 'archives'
}

export interface RunOptions {
  /** Once it aborts nothing stored changes any more, except that what was begun is taken back. */
  readonly signal: AbortSignal
  onProgress(progress: { readonly stage: Stage; readonly progress: Progress | null }): void
}

/** Who asked for something; null for the schedule. Opaque here, written into sidecars and the audit outbox. */
export type Actor = { readonly id: string; readonly name: string } | null

/** One change outside a run. Times come from the caller, so that they can be moved in tests. */
export interface Operation {
  /** Becomes the id of its audit entry. */
  readonly id: string
  readonly now: string
  readonly actor: Actor
}

/** Who and what stands behind a run. */
export interface RunRequest {
  readonly vault: Vault
  /** Becomes the id of its audit entry. */
  readonly runId: string
  readonly startedAt: string
  readonly trigger: Trigger
  readonly actor: Actor
}

export interface CreateRequest extends RunRequest {
  /** Waits up to two minutes for the folder instead of a moment before `busy`; a cancel ends that at once. */
  readonly patient: boolean
  readonly note: string | null
  /** Null when nobody knows. */
  readonly appVersion: string | null
  readonly retention: RetentionRules
  /** IANA time zone in which days, weeks, months and years of retention are counted. */
  readonly timeZone: string
  /** Most bytes that the folder may hold after the run; null for no limit. */
  readonly maxBytes: number | null
}

export interface RemovedBackup {
  readonly name: string
  readonly reason: RetentionReason
}

export interface CreateResult {
  readonly backups: readonly Backup[]
  readonly removed: readonly RemovedBackup[]
  /** Retention removals that did not work, or rules that removed nothing because the clock can't be believed. */
  readonly warnings: readonly Warning[]
}

/** What lies in a vault, read in one go. */
export interface Inspection {
  /** Newest first. */
  readonly backups: readonly ListedBackup[]
  /** Finished runs, newest first, at most 400. */
  readonly runs: readonly Run[]
  /** Moments at which automatic backups were switched or rescheduled, oldest first. */
  readonly schedules: readonly ScheduleNote[]
  /** The oldest moment that the run log still covers; null when nothing was ever logged. */
  readonly loggedSince: string | null
  /** The restore that is to be carried out at the next start. */
  readonly waiting: WaitingRestore | null
  readonly storage: Storage
  readonly folder: FolderState
}

/** A backup with what the list needs beyond its public fields. */
export interface ListedBackup {
  readonly backup: Backup
  /** Order of making, never reused; 0 for an imported one. */
  readonly sequence: number
}

export interface ScheduleNote {
  readonly at: string
  readonly enabled: boolean
  /** A host schedule; opaque here. */
  readonly schedule: unknown
}

export interface Storage {
  /** Everything in the backups folder. */
  readonly usedBytes: number
  /** Free for the user the plugin runs as. */
  readonly freeBytes: number
  /** Main files and write-ahead logs of all databases, with headroom. */
  readonly neededBytes: number
}

export interface FolderState {
  readonly exists: boolean
  readonly writable: boolean
  /** Kernel's name of a network file system, for example "nfs"; null on a local disk. */
  readonly networkFileSystem: string | null
  /** Whether all live databases lie on the same device as the folder. */
  readonly sameDisk: boolean
  /** Names that look like backups but are not listed, with the reason: links, several names, broken sidecars. */
  readonly ignored: readonly IgnoredName[]
}

export interface IgnoredName {
  readonly name: string
  /** With `broken-sidecar` the data is listed all the same, as imported. */
  readonly reason:
    | 'link'
    | 'not-a-file'
    | 'several-names'
    | 'live-database'
    | 'unreadable'
    | 'broken-sidecar'
    | 'newer-format'
}

/**
 * An event that a worker wrote down under the lock so that it reaches the host's audit log also after a kill: the end
 * of every run (`backup.create`, `backup.verify`), `backup.delete`, `backup.protect`, `backup.unprotect`, and
 * `backup.remove` for each removal by retention. What could not be written down (folder not writable, disk full) is
 * for the caller to record: the id is the run's or the operation's.
 */
export interface OutboxEntry {
  readonly id: string
  readonly at: string
  readonly action: string
  readonly actor: Actor
  readonly target: string
  readonly outcome: 'success' | 'failure' | 'cancelled'
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * Makes, proves, lists and removes backups. Everything that touches a tenant's root happens in worker processes;
 * only `open` opens a file in this one. All calls reject with `BackupError`.
 */
export interface BackupEngine {
  /** Makes one backup per database: lock, check, snapshot, proof, publish, retention. */
  create(request: CreateRequest, options: RunOptions): Promise<CreateResult>
  /** Looks at one backup in full again and records the outcome in its sidecar. A damaged one rejects `proof-failed`. */
  verify(request: RunRequest & { readonly name: string }, options: RunOptions): Promise<Backup>
  /**
   * Replaces a database by a backup, after the present state has become a backup itself. When it rejects, the database
   * is the old one. `database-in-use` while any process has it open, `use-unknown` where that can't be seen,
   * `newer-application`, `proof-failed` for a damaged backup, `not-found`, `source-unsafe`.
   */
  restore(request: RestoreRequest, options: RestoreOptions): Promise<RestoreResult>
  /**
   * Proves a listed backup and writes down that it is to be restored at the next start; nothing removes it meanwhile.
   * Its run goes on when `restore` is called with its id and `resumes`. `restore-waiting` while another one waits.
   */
  prepareRestore(request: RestoreRequest, options: RunOptions): Promise<void>
  /** Takes back a restore that waits, or gives it up for a reason. `not-found` when it doesn't, or no longer. */
  cancelRestore(
    vault: Vault,
    runId: string,
    operation: Operation & { readonly because?: StoredError },
  ): Promise<void>
  /** Looks whether the backups could still be restored, and restores the newest for trial. `proof-failed` otherwise. */
  drill(request: DrillRequest, options: RunOptions): Promise<DrillResult>
  /** What a restore would change: rows, newest records, versions, who is in the way. Changes nothing. */
  previewRestore(request: PreviewRequest, options: RunOptions): Promise<RestorePreview>
  /** Looks at a file in full that need not lie in the vault, and writes nothing. A damaged one rejects `proof-failed`. */
  examine(vault: Vault, file: string, options: RunOptions): Promise<CheckResult>
  /**
   * Makes a place for a file that somebody sends. `upload-too-large`, `limit-reached`, `disk-full`, `too-many-uploads`.
   */
  beginUpload(vault: Vault, order: UploadOrder): Promise<Upload>
  /** What is being uploaded, oldest first. */
  uploads(vault: Vault): Promise<readonly Upload[]>
  /**
   * Writes what comes to the end of an upload, in a process of its own. `not-found`, `wrong-offset` when it is not that
   * long, `upload-locked` while something else writes to it.
   */
  receive(vault: Vault, id: string, options: ReceiveOptions): Promise<Received>
  /** Removes an upload that becomes no backup. `not-found`, `upload-locked`. */
  dropUpload(vault: Vault, id: string, end: UploadEnd): Promise<void>
  /**
   * Checks a whole upload as hostile and makes an imported backup of it. `upload-refused` for one that is damaged or does
   * harm. Null when the application stops meanwhile: the run goes on when it is called with the same id again.
   */
  importUpload(request: ImportRequest, options: RunOptions): Promise<Backup | null>
  inspect(vault: Vault): Promise<Inspection>
  /** `not-found` for anything that isn't listed, `protected` for a protected one. */
  remove(vault: Vault, name: string, operation: Operation): Promise<Backup>
  protect(vault: Vault, name: string, change: Operation & { readonly protected: boolean }): Promise<Backup>
  /** Writes down that automatic backups were switched or rescheduled. */
  noteSchedule(vault: Vault, note: ScheduleNote): Promise<void>
  /**
   * Finishes or sweeps what a kill left behind and closes interrupted runs in the log. Returns those runs.
   * Waits a bounded time for the lock; rejects `busy` while another process works there.
   */
  reconcile(vault: Vault, options: { readonly now: string }): Promise<readonly Run[]>
  /** Events that were written down and not yet acknowledged. */
  outbox(vault: Vault): Promise<readonly OutboxEntry[]>
  acknowledge(vault: Vault, ids: readonly string[]): Promise<void>
  /**
   * Opens a listed backup for reading, here. The caller closes it; until then retention leaves it alone.
   * `not-found` for anything that isn't listed.
   */
  open(vault: Vault, name: string): Promise<OpenBackup>
  /**
   * Looks into a listed backup as into a hostile file, in a process of its own; until it ends retention leaves the backup
   * alone. Views and virtual tables are not looked into. `not-found`, `look-stopped` when it takes too long or too much,
   * `proof-failed` for what SQLite can't read, `busy` while too many others look.
   */
  rescueTables(look: BackupLook, options: { readonly signal: AbortSignal }): Promise<RescueTables>
  /** One page of a table; `invalid-request` for a place or a comparison that there isn't. */
  rescueRows(look: RowsLook, options: { readonly signal: AbortSignal }): Promise<RescueRows>
  /** Whole rows as CSV or JSON, streamed. */
  takeRows(taking: RowsTaking, options: { readonly signal: AbortSignal }): Promise<TakenRows>
  /** Ends the worker processes; calls in flight reject `cancelled`. */
  close(): Promise<void>
}

export interface OpenBackup {
  readonly backup: Backup
  readonly sizeBytes: number
  /** `end` is inclusive. */
  stream(range?: { readonly start: number; readonly end: number }): ReadableStream<Uint8Array>
  close(): Promise<void>
}
