import type {
  ArchiveCheck,
  ArchiveContents,
  ArchiveImportRequest,
  ArchiveRequest,
  ArchiveRestoreRequest,
  ArchiveRestoreResult,
  ArchiveResult,
  ChosenFrom,
  CurrentItem,
  MeasuredSource,
  NamedSource,
} from '../archiving.ts'
import type { Backup, Progress, Run, Stage } from '../backup.ts'
import type { DrillRequest, DrillResult } from '../drilling.ts'
import type {
  CreateRequest,
  CreateResult,
  Inspection,
  LiveDatabase,
  Operation,
  OutboxEntry,
  RunRequest,
  ScheduleNote,
  Vault,
} from '../engine.ts'
import type { StoredError } from '../errors.ts'
import type { Findings, IntegrityTask } from '../proof/findings.ts'
import type { KeysQuestion } from '../rescue/live-keys.ts'
import type {
  CheckResult,
  PreviewRequest,
  RestorePreview,
  RestoreRequest,
  RestoreResult,
} from '../restoring.ts'
import type { ImportRequest, LocatedUpload, Upload, UploadEnd, UploadOrder } from '../uploading.ts'
import type { Identity } from '../vault/files.ts'

/** What a worker process can be asked to do: arguments and answer of each operation, as JSON. */
export type Operations = VaultOperations & ArchiveOperations

/** Carried out by the processes of `BackupEngine`. */
export interface VaultOperations {
  create: Signature<CreateRequest, CreateResult>
  verify: Signature<RunRequest & { readonly name: string }, Backup>
  restore: Signature<RestoreRequest, RestoreResult>
  prepareRestore: Signature<RestoreRequest, null>
  cancelRestore: Signature<
    { readonly vault: Vault; readonly runId: string; readonly operation: Operation & Because },
    null
  >
  drill: Signature<DrillRequest, DrillResult>
  importUpload: Signature<ImportRequest, Backup | null>
  preview: Signature<PreviewRequest, RestorePreview>
  examine: Signature<{ readonly vault: Vault; readonly file: string }, CheckResult>
  inspect: Signature<{ readonly vault: Vault }, Inspection>
  remove: Signature<Named & { readonly operation: Operation }, Backup>
  protect: Signature<Named & { readonly change: Operation & { readonly protected: boolean } }, Backup>
  noteSchedule: Signature<{ readonly vault: Vault; readonly note: ScheduleNote }, null>
  reconcile: Signature<{ readonly vault: Vault; readonly now: string }, readonly Run[]>
  outbox: Signature<{ readonly vault: Vault }, readonly OutboxEntry[]>
  acknowledge: Signature<{ readonly vault: Vault; readonly ids: readonly string[] }, null>
  find: Signature<Named, Located>
  findMissing: Signature<
    { readonly vault: Vault; readonly database: LiveDatabase; readonly question: KeysQuestion },
    readonly (boolean | null)[]
  >
  takeBack: Signature<TakeBack, TakenBack>
  beginUpload: Signature<{ readonly vault: Vault; readonly order: UploadOrder }, Upload>
  uploads: Signature<{ readonly vault: Vault }, readonly Upload[]>
  findUpload: Signature<{ readonly vault: Vault; readonly id: string }, LocatedUpload>
  dropUpload: Signature<{ readonly vault: Vault; readonly id: string; readonly end: UploadEnd }, null>
  /** Blocks the process until it is done: for one that does nothing else meanwhile. */
  check: Signature<IntegrityTask, Findings>
}

/** Carried out by the process of `ArchiveEngine`, which can also take back. */
export interface ArchiveOperations {
  archiveMeasure: Signature<{ readonly sources: readonly NamedSource[] }, readonly MeasuredSource[]>
  archiveCreate: Signature<ArchiveRequest, ArchiveResult>
  archiveVerify: Signature<RunRequest & { readonly name: string }, Backup>
  archiveImport: Signature<ArchiveImportRequest, Backup | null>
  archiveLook: Signature<{ readonly vault: Vault; readonly from: ChosenFrom }, ArchiveContents>
  archiveExamine: Signature<{ readonly vault: Vault; readonly from: ChosenFrom }, ArchiveCheck>
  archiveRestore: Signature<ArchiveRestoreRequest, ArchiveRestoreResult>
}

interface Signature<Arguments, Answer> {
  readonly arguments: Arguments
  readonly answer: Answer
}

interface Because {
  /** Why it is given up, when nobody took it back. */
  readonly because?: StoredError
}

interface Named {
  readonly vault: Vault
  readonly name: string
}

/** A listed backup as its file was when it was looked at. */
export interface Located {
  readonly backup: Backup
  readonly path: string
  readonly identity: Identity
  /** As its sidecar has them. */
  readonly rowCounts: Readonly<Record<string, number>>
}

/** A run whose process was killed. */
export interface TakeBack {
  readonly vault: Vault
  readonly runId: string
  readonly now: string
  readonly error: StoredError
}

export interface TakenBack {
  /** As it was closed; null when it was not open any more, or never began. */
  readonly run: Run | null
  readonly backups: readonly Backup[]
}

export type OperationName = keyof Operations
export type Arguments<Name extends OperationName> = Operations[Name]['arguments']
export type Answer<Name extends OperationName> = Operations[Name]['answer']

/** These take long: one at a time in each process, and only they can be cancelled. */
export type HeavyName = RunName | LookName
export type LookName = 'preview' | 'examine' | 'archiveMeasure' | 'archiveLook' | 'archiveExamine'
/** Those that are runs: they hold the folder's lock, and what they leave when they are killed is taken back. */
export type RunName = VaultRunName | ArchiveRunName
export type VaultRunName = 'create' | 'verify' | 'restore' | 'prepareRestore' | 'drill' | 'importUpload'
export type ArchiveRunName = 'archiveCreate' | 'archiveVerify' | 'archiveImport' | 'archiveRestore'
export type LightName = Exclude<OperationName, HeavyName | 'check'>

/** How long things may take, chosen where the engine is made. Milliseconds. */
export interface WorkerSettings {
  readonly sourceTimeoutMs: number
  /** For a run that wants the lock of a folder. */
  readonly lockWaitMs: number
  /** For a change outside a run. */
  readonly changeWaitMs: number
  /** For checking even the smallest file that came from elsewhere. */
  readonly hostileMs?: number | undefined
}

/** What a run asks its parent. */
export type Question =
  /** Answered with whether somebody is reading that backup now. */
  | { readonly kind: 'being-read'; readonly name: string }
  /** Answered with the findings of another process, or null when none is free. */
  | { readonly kind: 'check'; readonly task: IntegrityTask }
  /** Answered when the application has closed the database that a restore replaces. */
  | { readonly kind: 'take-over' }

export type ToWorker =
  | {
      readonly kind: 'call'
      readonly id: number
      readonly name: OperationName
      readonly arguments: unknown
      /** Milliseconds since the caller asked, most of them spent waiting for a free process. */
      readonly waitedMs: number
    }
  | { readonly kind: 'cancel'; readonly id: number; readonly error: StoredError }
  | { readonly kind: 'answer'; readonly question: number; readonly answer: unknown }
  | { readonly kind: 'refusal'; readonly question: number; readonly error: StoredError }

export type FromWorker =
  | {
      readonly kind: 'progress'
      readonly id: number
      readonly stage: Stage
      readonly progress: Progress | null
      readonly current?: CurrentItem
    }
  | { readonly kind: 'committed'; readonly id: number }
  | { readonly kind: 'question'; readonly id: number; readonly question: number; readonly about: Question }
  /** `spent`: a check goes on that can't be stopped, so the process must be ended. */
  | { readonly kind: 'done'; readonly id: number; readonly answer: unknown; readonly spent: boolean }
  | { readonly kind: 'failed'; readonly id: number; readonly error: StoredError; readonly spent: boolean }
