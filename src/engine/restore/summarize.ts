import type Database from 'better-sqlite3'
import type { TableState } from '../restoring.ts'
import { readSchema } from '../schema-entries.ts'
import { newestTime, timeColumn } from './table-times.ts'

/** Rows of a table in which a time is looked for without an index to help. */
const rowLimit = 1_000_000

export interface SummaryOptions {
  /** On the clock of `performance.now()`; tables that are not reached by then are named, but not counted. */
  readonly deadline: number
  /** Milliseconds since 1970, for telling a plausible time from another number. */
  readonly now: number
  /** Known already; everything else is counted. */
  readonly rowCounts: Readonly<Record<string, number>>
}

/** Rows and newest time per table. Views and virtual tables are never queried: what they do is up to who made them. */
export function summarize(
  connection: Database.Database,
  options: SummaryOptions,
): ReadonlyMap<string, TableState> {
  const { tables } = readSchema(connection)
  const rows = new Map(tables.map((table) => [table, countRows(connection, table, options)]))
  return new Map(
    tables.map((table) => {
      const count = rows.get(table) ?? null
      return [table, { rows: count, newest: newestOf(connection, table, count, options) }]
    }),
  )
}

const isLate = ({ deadline }: SummaryOptions) => performance.now() >= deadline

function countRows(connection: Database.Database, table: string, options: SummaryOptions): number | null {
  const known = Object.hasOwn(options.rowCounts, table) ? options.rowCounts[table] : undefined
  if (known !== undefined) return known
  if (isLate(options)) return null
  return ask(connection, `SELECT count(*) FROM ${quoted(table)}`) as number | null
}

function newestOf(
  connection: Database.Database,
  table: string,
  rows: number | null,
  options: SummaryOptions,
): TableState['newest'] {
  if (rows === null || rows > rowLimit || isLate(options)) return null
  const column = timeColumn(columnsOf(connection, table))
  if (column === null) return null
  const at = newestTime(ask(connection, `SELECT max(${quoted(column)}) FROM ${quoted(table)}`), options.now)
  return at === null ? null : { column, at }
}

function columnsOf(connection: Database.Database, table: string) {
  return connection.prepare('SELECT name, type FROM pragma_table_info(?)').all(table) as {
    readonly name: string
    readonly type: string
  }[]
}

/** Null for what can't be asked, such as a column that is computed by a function which is missing here. */
function ask(connection: Database.Database, sql: string): unknown {
  try {
    return connection.prepare(sql).pluck().get() ?? null
  } catch {
    return null
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
