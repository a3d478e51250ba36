import type { Backup } from './backup.ts'
import type { Vault } from './engine.ts'

/** A listed backup that somebody looks into. */
export interface BackupLook {
  readonly vault: Vault
  readonly name: string
}

export interface TableLook extends BackupLook {
  readonly table: string
  /** Part of a value, in any column; numbers count as text. Empty for every row. */
  readonly search: string
  /** Only rows whose primary key the live database doesn't have now. */
  readonly missingOnly: boolean
}

export interface RowsLook extends TableLook {
  /** From 1. */
  readonly page: number
  /** Where the page begins, as the page before said in `next`; without it the rows before are counted off. */
  readonly from: string | null
}

export interface RowsTaking extends TableLook {
  readonly format: 'csv' | 'json'
  /** Keys as the look gave them, at most `mostChosen`; null for every row that matches. */
  readonly keys: readonly string[] | null
}

export const rowsPerPage = 50
/** More columns would make a page that nobody can read; all of them are taken out. */
export const mostColumnsShown = 100
export const mostChosen = 1_000
/** Characters. */
export const longestSearch = 200

/** Why something in a backup is not looked into. `unnameable`: its names can't be said, or its rows not be told apart. */
export type LeftOutReason = 'view' | 'virtual' | 'shadow' | 'unnameable'

export interface RescueTables {
  readonly backup: Backup
  readonly tables: readonly {
    readonly name: string
    /** Null when they were not counted in time. */
    readonly rows: number | null
  }[]
  /** There are more tables than the first thousand. */
  readonly more: boolean
  readonly leftOut: readonly { readonly name: string; readonly reason: LeftOutReason }[]
}

export interface RescueColumn {
  readonly name: string
  /** As declared; may be empty. */
  readonly type: string
  readonly primaryKey: boolean
}

export type RescueCell =
  | { readonly type: 'null' }
  /** As text, because numbers of JavaScript end at 2^53. */
  | { readonly type: 'integer'; readonly value: string }
  | { readonly type: 'real'; readonly value: string }
  /** The beginning; empty for values that are too large to be looked at. `bytes` is the whole length. */
  | { readonly type: 'text'; readonly value: string; readonly bytes: number; readonly cut: boolean }
  /** The beginning, hexadecimal. */
  | { readonly type: 'blob'; readonly value: string; readonly bytes: number; readonly cut: boolean }

export interface RescueRow {
  /** What it is chosen by. */
  readonly key: string
  /** Null when that can't be told. */
  readonly missing: boolean | null
  /** In the order of the columns. */
  readonly cells: readonly RescueCell[]
}

export interface RescueRows {
  readonly backup: Backup
  readonly table: string
  /** At most `mostColumnsShown`. */
  readonly columns: readonly RescueColumn[]
  readonly columnCount: number
  /** Names of computed columns: they are not stored, and computing them is up to who made the file. */
  readonly computed: readonly string[]
  /** Whether rows can be compared with the live database: they have a primary key, and it is known which one that is. */
  readonly comparable: boolean
  readonly rows: readonly RescueRow[]
  /** Where the next page begins; null when this is the last. */
  readonly next: string | null
  /** The look ended because it took too long; `next` goes on from there. `scanned` rows were looked at. */
  readonly stopped: { readonly scanned: number } | null
  /** Rows of the whole table, when they are known. */
  readonly total: number | null
}

/** How taking out has ended. */
export interface RowsTaken {
  readonly rows: number
  /** Single values that are too large to be taken out, and were replaced by a note of their length. */
  readonly omitted: number
}

export interface TakenRows {
  readonly backup: Backup
  /** Only as fast as it is read. Errors when something goes wrong on the way; cancelling ends the process. */
  readonly stream: ReadableStream<Uint8Array>
  /** Rejects with what the stream errors with; `cancelled` when nobody wanted the rest. Rows counted so far are `rows`. */
  readonly ended: Promise<RowsTaken>
  /** Rows that have left so far. */
  rows(): number
}
