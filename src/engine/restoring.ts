import type { Backup, Run } from './backup.ts'
import type { Actor, LiveDatabase, RunOptions, RunRequest, Vault } from './engine.ts'
import type { Warning } from './warnings.ts'

/** Which backup is meant: one of the vault's list, or a file that lies somewhere else. */
export type BackupChoice = { readonly listed: string } | { readonly file: string }

export interface RestoreRequest extends RunRequest {
  /**
   * Where the state before the restore is kept, and whose lock is held. Its databases are what must not be mistaken for
   * a backup; `database` need not be one of them.
   */
  readonly vault: Vault
  readonly from: BackupChoice
  /** What is replaced. It may be missing, then it is made. */
  readonly database: LiveDatabase
  /** Version of the application that will open the database; null when nobody knows. */
  readonly appVersion: string | null
  /** Goes on with a backup of a newer application, too. */
  readonly acceptNewer: boolean
  /** Goes on where it can't be seen whether some process has the database open. A database in use is always refused. */
  readonly acceptUnseen: boolean
  /** The application has it open until everything is laid ready, and closes it when `takeOver` asks for that. */
  readonly openUntilReady?: boolean
  /** Carries out the restore that waits for this start, under the id of its run. */
  readonly resumes?: boolean
}

export interface RestoreOptions extends RunOptions {
  /** Asked once, with `openUntilReady`: resolves when nobody has the database open any more. */
  takeOver?(): Promise<void>
}

/** A restore that is to be carried out at the next start, as it was asked for. */
export interface WaitingRestore {
  readonly run: Run
  /** Name of the backup. */
  readonly name: string
  readonly database: string
  readonly actor: Actor
  readonly appVersion: string | null
  /** It was begun, and ended by a kill. */
  readonly begun: boolean
}

/** Names in a backups folder that say that something is to be done before the database is opened. */
export const restoreFiles = { marker: '.restore.json', waiting: '.restore-at-start.json' } as const

/** How much the look at the backup can vouch for. */
export type Verdict = 'proven' | 'checked'

export interface RestoreResult {
  /** Name of the backup; of a file elsewhere its own name without the folder. */
  readonly restored: string
  readonly createdAt: string
  readonly verdict: Verdict
  /** Path of the database. */
  readonly target: string
  /** The state before, as a backup; null when there was none, or it was moved aside. */
  readonly saved: Backup | null
  /** Folder into which a damaged database was moved whole; null when that was not needed. */
  readonly salvagedTo: string | null
  readonly version: VersionMatch
  readonly warnings: readonly Warning[]
}

/** What the version of a backup's application means for the one that will open it. `unknown`: one of the two is. */
export interface VersionMatch {
  readonly relation: 'same' | 'older' | 'newer' | 'unknown'
  /** Version of the application that the backup is of. */
  readonly backup: string | null
  readonly running: string | null
  readonly schema: SchemaMatch
}

/** How the backup's schema compares with that of the present database. */
export interface SchemaMatch {
  /** `unknown` when one of the two can't be read. */
  readonly relation: 'same' | 'different' | 'unknown'
  /** The `user_version` in which many applications count their migrations. */
  readonly backupUserVersion: number | null
  readonly presentUserVersion: number | null
}

export interface PreviewRequest {
  readonly vault: Vault
  /** ISO 8601. */
  readonly now: string
  readonly from: BackupChoice
  readonly database: LiveDatabase
  readonly appVersion: string | null
}

/** What a restore would change. */
export interface RestorePreview {
  readonly backup: Backup
  readonly target: string
  readonly version: VersionMatch
  readonly present: PresentState
  /** Every table of either, by name. */
  readonly tables: readonly TableChange[]
  readonly inUse: Usage
  /** Bytes that are free where the database lies and where its present state is saved, and how many it takes. */
  readonly space: { readonly neededBytes: number; readonly freeBytes: number }
}

export type PresentState =
  | { readonly state: 'readable'; readonly sizeBytes: number; readonly modifiedAt: string }
  | { readonly state: 'missing' }
  /** It is going to be moved aside whole. `why` is what SQLite says. */
  | { readonly state: 'damaged'; readonly sizeBytes: number; readonly why: string }
  /** Locked all the time, or not readable for this user. */
  | { readonly state: 'unreadable'; readonly why: string }

export interface TableChange {
  readonly table: string
  readonly now: TableState | null
  readonly inBackup: TableState | null
}

export interface TableState {
  /** Null when it was not counted: no time was left, or it is a virtual table. */
  readonly rows: number | null
  /** The latest time in the table's time column; null without one, or when it was not looked for. */
  readonly newest: { readonly column: string; readonly at: string } | null
}

/** Who has the database open, as far as the system shows it. */
export interface Usage {
  readonly processes: readonly ProcessUse[]
  /** `all` processes were looked into; `some` belong to users who can't be looked at; `none` on systems without `/proc`. */
  readonly seen: 'all' | 'some' | 'none'
  /** Processes that could not be looked into. */
  readonly unseen: number
}

export interface ProcessUse {
  readonly pid: number
  /** The program, with the name of the script that it runs; no other arguments. */
  readonly command: string
}

/** A full look at a file that lies anywhere, without writing anything. */
export interface CheckResult {
  readonly name: string
  readonly sizeBytes: number
  readonly sha256: string
  readonly verdict: Verdict
  readonly rowCounts: Readonly<Record<string, number>>
}
