import type {
  BackupModel,
  FrameModel,
  HealthModel,
  NoticeModel,
  OverviewModel,
  SettingsFormModel,
} from '../model.ts'

export type ContentModel = 'everything' | 'files' | 'databases'
export type SourceKindModel = 'directory' | 'sqlite' | 'mssql'

/** One of several profiles, to go to. */
export interface ProfileTabModel {
  readonly id: string
  readonly state: 'protected' | 'attention' | 'first' | 'never'
}

export interface BrokenProfileModel {
  /** Empty when even that isn't known. */
  readonly id: string
  /** Field and what is wrong with it, in the reader's language. */
  readonly problems: readonly { readonly field: string; readonly message: string }[]
}

export interface ProfileSourceModel {
  readonly id: string
  readonly kind: SourceKindModel
  /** A path, or a database's name. */
  readonly origin: string
}

/** One profile and its archives. */
export interface ProfileModel extends OverviewModel {
  readonly profile: string
  readonly content: ContentModel
  /** What can be chosen: a profile without databases has nothing but files. */
  readonly contents: readonly ContentModel[]
  readonly sources: readonly ProfileSourceModel[]
  readonly lastAutomaticAt: string | null
  /** What starts it where the host can't. */
  readonly command: string
}

export interface StandingModel {
  readonly id: string
  readonly name: string
  readonly timeZone: string
  readonly lastProvenAt: string | null
  readonly state: 'good' | 'overdue' | 'never' | 'unknown'
  /** In the reader's language. */
  readonly reasons: readonly Pick<HealthModel, 'message' | 'hint'>[]
}

export interface SystemModel extends FrameModel {
  readonly profiles: readonly ProfileTabModel[]
  readonly broken: readonly BrokenProfileModel[]
  /** The one that is shown; null when there is none. */
  readonly shown: ProfileModel | null
  /** Worst first. */
  readonly tenants: readonly StandingModel[]
  readonly allTenants: boolean
  readonly notice: NoticeModel | null
}

export interface NewProfileModel extends FrameModel {
  readonly form: SettingsFormModel
}

export interface RemoveProfileModel extends FrameModel {
  readonly profile: string
  readonly folder: string
}

export interface MeasureModel extends FrameModel {
  readonly profile: string
  readonly sources: readonly {
    readonly id: string
    readonly kind: SourceKindModel
    readonly files: number
    readonly bytes: number
    readonly largest: readonly { readonly path: string; readonly bytes: number }[]
  }[]
}

export type LeftOutReasonModel =
  | 'excluded'
  | 'part-of-database'
  | 'special-file'
  | 'vanished'
  | 'changed'
  | 'unreadable'
  | 'broken-database'
  | 'in-the-way'
  | 'unusable-name'

export interface ArchiveSourceModel extends ProfileSourceModel {
  readonly files: number
  readonly bytes: number
  readonly leftOut: readonly { readonly path: string; readonly reason: LeftOutReasonModel }[]
  /** So many more than are named. */
  readonly leftOutMore: number
  readonly known: boolean
}

export interface ArchiveRestoreModel extends FrameModel {
  readonly profile: string
  readonly backup: BackupModel
  readonly content: ContentModel
  readonly sizeBytes: number
  readonly contentBytes: number
  readonly entryCount: number
  readonly version: { readonly backup: string | null; readonly running: string; readonly differs: boolean }
  readonly sources: readonly ArchiveSourceModel[]
  readonly allowed: boolean
  readonly command: string
  readonly notice: NoticeModel | null
  /** What was typed and ticked; `error` is about the confirmation. */
  readonly typed: {
    readonly values: Readonly<Record<string, string>>
    readonly chosen: readonly string[] | null
    readonly error: string | null
  }
}
