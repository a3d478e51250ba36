/**
 * What the pages show, as plain data. The routes fill it; the views format it in the reader's language and the
 * tenant's time zone. Times are ISO 8601 in UTC.
 */

export type Language = 'en' | 'de'

export interface ExaminationModel {
  readonly at: string
  readonly outcome: 'passed' | 'failed'
}

export type TriggerModel =
  | 'manual'
  | 'scheduled'
  | 'before-update'
  | 'before-change'
  | 'before-restore'
  | 'imported'

export interface BackupModel {
  readonly name: string
  readonly database: string
  /** The run that made it; null for an imported one. */
  readonly runId: string | null
  readonly createdAt: string
  readonly sizeBytes: number
  readonly trigger: TriggerModel
  readonly createdBy: string | null
  readonly note: string | null
  readonly proven: ExaminationModel | null
  readonly checked: ExaminationModel | null
  readonly protected: boolean
}

export interface RunModel {
  readonly id: string
  readonly kind: 'create' | 'verify' | 'restore' | 'drill' | 'upload'
  readonly status: 'queued' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled'
  readonly stage:
    | 'waiting'
    | 'checking'
    | 'snapshot'
    | 'proof'
    | 'publish'
    | 'retention'
    | 'staging'
    | 'closing'
    | 'saving'
    | 'archive'
    | 'unpack'
    | 'swap'
    | 'compare'
    | null
  readonly progress: {
    readonly done: number
    readonly total: number
    readonly unit: 'bytes' | 'pages'
  } | null
  readonly trigger: TriggerModel
  readonly backups: readonly string[]
  readonly startedAt: string
  readonly endedAt: string | null
  /** In the reader's language. */
  readonly error: { readonly message: string; readonly hint: string } | null
  /** What a run over many files is busy with. */
  readonly current?: { readonly item: string; readonly files: number }
}

export type ScheduleModel =
  | { readonly every: 'day'; readonly at: string }
  | { readonly every: 'week'; readonly on: string; readonly at: string }
  | { readonly every: 'month'; readonly on: number; readonly at: string }
  | { readonly every: 'hours' | 'minutes'; readonly count: number }

export interface AutomaticModel {
  /** Wanted in the settings and active at the host. */
  readonly enabled: boolean
  /** Null when the host can't tell. */
  readonly schedule: ScheduleModel | null
  readonly nextRunAt: string | null
  readonly pausedBy: string | null
  readonly pausedSince: string | null
  readonly lastSuccessAt: string | null
  /** The host lets the plugin set the schedule; otherwise the page links to `link`. */
  readonly configurable: boolean
  readonly link: string | null
}

/** Trying the backups out. */
export interface DrillModel {
  readonly enabled: boolean
  /** Null when the host can't tell. */
  readonly schedule: ScheduleModel | null
  readonly nextRunAt: string | null
  readonly configurable: boolean
  readonly link: string | null
  readonly last: { readonly at: string; readonly outcome: 'completed' | 'failed' | 'cancelled' } | null
}

export interface HealthModel {
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  /** In the reader's language. */
  readonly message: string
  readonly hint: string
}

/** One square of the strip. `none`: nothing was due. `unknown`: the run log doesn't reach back so far. */
export interface DayModel {
  /** yyyy-mm-dd in the tenant's zone. */
  readonly date: string
  readonly state: 'made' | 'failed' | 'missed' | 'none' | 'unknown'
}

export interface RetentionModel {
  readonly maxCount: number | null
  readonly maxAgeDays: number | null
  readonly keepDaily: number | null
  readonly keepWeekly: number | null
  readonly keepMonthly: number | null
  readonly keepYearly: number | null
}

/** What retention would do after the next proven backup. */
export interface PreviewModel {
  readonly remove: readonly {
    readonly name: string
    readonly createdAt: string
    readonly reason: 'not-kept' | 'too-old' | 'grace-over'
  }[]
  /** When the oldest backup that stays was made; null when none stays. */
  readonly reachesBackTo: string | null
  /** The rest would reach back less than three days. */
  readonly short: boolean
  /** Why rules of age and calendar remove nothing now. */
  readonly clock: 'behind' | 'ahead' | null
}

/** The settings form. Values are what was typed, also when it was refused. */
export interface SettingsFormModel {
  readonly values: Readonly<Record<string, string>>
  /** Dotted field name to what is wrong with it, in the reader's language. */
  readonly errors: Readonly<Record<string, string>>
}

export interface NoticeModel {
  readonly kind: 'success' | 'problem'
  readonly message: string
  readonly hint: string
}

/** What every page needs. */
export interface FrameModel {
  readonly language: Language
  /** IANA name of the tenant's zone. */
  readonly timeZone: string
  /** Milliseconds since 1970, from the host's clock. */
  readonly now: number
  /** What people call the host's scheduler, in the reader's language. */
  readonly scheduler: string
  /** Path of the overview, without a trailing slash. */
  readonly base: string
  /** Path of the page above, for the crumbs. */
  readonly home: string
  /** The host's own header as trusted HTML; may be empty. */
  readonly header: string
  /** Sent along by every form, so that a page opened for one tenant never changes another one's data. */
  readonly tenantId: string
  readonly tenantName: string
  /** The profile of system backups that the page is about; left out on a tenant's page. */
  readonly profile?: string
}

export interface OverviewModel extends FrameModel {
  /** The reader may change things and see data; otherwise nothing that does so is offered. */
  readonly mayWrite: boolean
  /** Newest first. */
  readonly backups: readonly BackupModel[]
  /** The list shows all of them, however many; otherwise the newest ones only. */
  readonly showAll: boolean
  readonly run: RunModel | null
  /** Newest first, at most 50. */
  readonly runs: readonly RunModel[]
  readonly automatic: AutomaticModel
  readonly drill: DrillModel
  readonly health: readonly HealthModel[]
  readonly storage: { readonly usedBytes: number; readonly freeBytes: number; readonly neededBytes: number }
  /** The last 30 days, oldest first. */
  readonly days: readonly DayModel[]
  readonly form: SettingsFormModel
  readonly preview: PreviewModel
  /** The preview was asked for with values that are not saved yet. */
  readonly previewIsUnsaved: boolean
  readonly notice: NoticeModel | null
  readonly restoreWay: RestoreWayModel | null
  /** As shown to people, for example "tenants/demo/backups". */
  readonly folder: string
}

/** How a restore from the page takes place; null where the page can't do it. */
export type RestoreWayModel = 'now' | 'next-start'

export interface TableStateModel {
  /** Null when they were not counted. */
  readonly rows: number | null
  /** When the newest row was made or changed; null when nothing tells. */
  readonly newestAt: string | null
}

export interface TableChangeModel {
  readonly table: string
  /** Null when there is no such table. */
  readonly now: TableStateModel | null
  readonly inBackup: TableStateModel | null
}

export interface RestoreModel extends FrameModel {
  readonly backup: BackupModel
  /** The backup is the state before an earlier restore. */
  readonly isRollback: boolean
  readonly database: string
  readonly version: {
    readonly relation: 'same' | 'older' | 'newer' | 'unknown'
    readonly backup: string | null
    readonly running: string | null
    readonly otherSchema: boolean
  }
  readonly present: 'readable' | 'missing' | 'damaged' | 'unreadable'
  readonly tables: readonly TableChangeModel[]
  readonly space: { readonly neededBytes: number; readonly freeBytes: number }
  readonly way: RestoreWayModel | null
  readonly allowed: boolean
  readonly command: { readonly text: string; readonly folder: string | null }
  /** Another restore waits for the next start. */
  readonly waiting: boolean
  /** What went wrong with the last attempt. */
  readonly notice: NoticeModel | null
  /** What was typed, and what is wrong with it; null when nothing is. */
  readonly typed: { readonly value: string; readonly error: string | null }
}

/** A file that is being uploaded and can be gone on with. */
export interface UploadItemModel {
  readonly id: string
  readonly fileName: string
  /** What the script tells versions of the file apart by. */
  readonly fingerprint: string | null
  readonly sizeBytes: number | null
  readonly offset: number
  readonly expiresAt: string
}

export interface UploadModel extends FrameModel {
  readonly databases: readonly string[]
  /** The operator's limit for one file; null for none. */
  readonly maxUploadBytes: number | null
  readonly freeBytes: number
  readonly uploads: readonly UploadItemModel[]
  /** What went wrong with the last attempt. */
  readonly notice: NoticeModel | null
}

/** Asks which database a file is to replace that doesn't tell. */
export interface DatabaseChoiceModel extends FrameModel {
  readonly backup: BackupModel
  readonly databases: readonly string[]
}

/** What lies in a backup. */
export interface BrowseModel extends FrameModel {
  readonly backup: BackupModel
  /** Rows are null when they were not counted. */
  readonly tables: readonly { readonly name: string; readonly rows: number | null }[]
  /** There are more tables than these. */
  readonly more: boolean
  readonly leftOut: readonly {
    readonly name: string
    readonly reason: 'view' | 'virtual' | 'shadow' | 'unnameable'
  }[]
}

export type CellModel =
  | { readonly type: 'null' }
  | { readonly type: 'integer' | 'real'; readonly value: string }
  /** The beginning, of a BLOB hexadecimal; `bytes` is the whole length. */
  | { readonly type: 'text' | 'blob'; readonly value: string; readonly bytes: number; readonly cut: boolean }

export interface BrowseRowModel {
  /** What it is chosen by; empty when it can't be. */
  readonly key: string
  /** Whether today's data doesn't have it; null when that isn't known. */
  readonly missing: boolean | null
  readonly cells: readonly CellModel[]
}

/** One page of a table in a backup. */
export interface BrowseTableModel extends FrameModel {
  readonly backup: BackupModel
  readonly table: string
  readonly columns: readonly { readonly name: string; readonly primaryKey: boolean }[]
  readonly columnCount: number
  readonly computed: readonly string[]
  /** Whether rows can be compared with today's data. */
  readonly comparable: boolean
  readonly rows: readonly BrowseRowModel[]
  readonly page: number
  readonly search: string
  readonly missingOnly: boolean
  /** Where the next page begins; null on the last. */
  readonly next: string | null
  /** The search paused, because it takes long. */
  readonly stopped: { readonly scanned: number } | null
  /** Rows of the whole table; null when nobody has counted. */
  readonly total: number | null
  readonly notice: NoticeModel | null
}

export interface DeleteModel extends FrameModel {
  readonly backup: BackupModel
  /** It is the newest proven one of its database. */
  readonly isNewestProven: boolean
}

/** All three texts are in the reader's language. */
export interface ProblemModel extends FrameModel {
  readonly status: number
  readonly title: string
  readonly message: string
  readonly hint: string
}
