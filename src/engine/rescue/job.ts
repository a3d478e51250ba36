import type { Backup } from '../backup.ts'
import type { LeftOutReason, RescueCell, RescueColumn } from '../rescuing.ts'

/** A listed backup as its file was when it was looked at, with what its sidecar knows. */
export interface LocatedBackup {
  readonly backup: Backup
  readonly path: string
  readonly identity: string
  readonly rowCounts: Readonly<Record<string, number>>
}

/** The file that a looking process opens. */
export interface JobFile {
  readonly path: string
  /** What lay there when it was looked up in the list; nothing else is opened. */
  readonly identity: string
}

/** Where a look begins: after so many rows of the table, the last of which has the key `after` when that can be used. */
export interface Start {
  readonly after: string | null
  readonly skip: number
}

export interface TablesJob extends JobFile {
  readonly kind: 'tables'
  readonly rowCounts: Readonly<Record<string, number>>
}

interface TableJob extends JobFile {
  readonly table: string
  readonly search: string
  /** Ask which of the rows are there today; `only`: and leave out those that are. */
  readonly compare: 'no' | 'mark' | 'only'
}

export interface RowsJob extends TableJob {
  readonly kind: 'rows'
  readonly start: Start
  /** Matches before the first that is wanted. */
  readonly skipMatches: number
  readonly count: number
  /** Milliseconds after which it stops and says where. */
  readonly withinMs: number
}

export interface TakeJob extends TableJob {
  readonly kind: 'take'
  readonly format: 'csv' | 'json'
  readonly keys: readonly string[] | null
}

export type Job = TablesJob | RowsJob | TakeJob

/** A primary key as the live database is asked for it: null when it can't be told exactly. */
export type Identities = readonly (readonly IdentityValue[] | null)[]
export type IdentityValue =
  | { readonly type: 'null' }
  | { readonly type: 'integer' | 'text' | 'blob'; readonly value: string }
  | { readonly type: 'real'; readonly value: number }

export type TablesItem =
  | { readonly table: string }
  | { readonly more: true }
  | { readonly counted: string; readonly rows: number }
  | { readonly leftOut: string; readonly reason: LeftOutReason }

/** What `ready` says of a table. */
export interface TableReady {
  readonly columns: readonly RescueColumn[]
  readonly columnCount: number
  readonly computed: readonly string[]
  /** Names of the primary key's columns; empty without one. */
  readonly primaryKey: readonly string[]
}

export interface RowItem {
  readonly key: string
  readonly missing: boolean | null
  readonly cells: readonly RescueCell[]
}

export interface RowsEnd {
  /** Null at the end of the table. */
  readonly next: Start | null
  readonly stopped: { readonly scanned: number } | null
}

export interface TakeTick {
  readonly rows: number
}

export interface TakeEnd {
  readonly rows: number
  readonly omitted: number
}
