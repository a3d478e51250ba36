import { HostError, messageOf } from '../host-error.ts'
import { keyText, parseKey } from './row-key.ts'
import type { OpenDatabase } from './tenant-databases.ts'

const shownLength = 200

export interface TableSummary {
  readonly name: string
  readonly rows: number
}

export interface Column {
  readonly name: string
  readonly type: string
  /** It takes no NULL and has no default. */
  readonly needed: boolean
}

export type Cell =
  | { readonly kind: 'null' }
  | { readonly kind: 'blob'; readonly bytes: number }
  | { readonly kind: 'value'; readonly text: string; readonly cut: boolean }

export interface TableRow {
  /** Names the row when it is to be deleted. */
  readonly key: string
  readonly cells: readonly Cell[]
}

export interface TableContent {
  readonly name: string
  readonly columns: readonly Column[]
  readonly rows: readonly TableRow[]
  readonly total: number
}

interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly dflt_value: string | null
  readonly pk: number
}

/** Ordinary tables: no views, no virtual tables, nothing of SQLite's own. */
export function listTables(database: OpenDatabase): TableSummary[] {
  return tableNames(database).map((name) => ({ name, rows: countRows(database, name) }))
}

/** Throws a `HostError` when there is no such table. */
export function readTable(
  database: OpenDatabase,
  name: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): TableContent {
  const infos = columnsOf(database, name)
  const key = keyColumns(database, name, infos)
  const columns = infos.map((column) => quote(column.name)).join(', ')
  const rows = database
    .prepare<[number, number], unknown[]>(
      `select ${key.map(quote).join(', ')}, ${columns} from ${quote(name)} order by ${key.map(quote).join(', ')} limit ? offset ?`,
    )
    .safeIntegers()
    .raw()
    .all(limit, offset)
  return {
    name,
    columns: infos.map((column) => ({
      name: column.name,
      type: column.type,
      needed: column.notnull === 1 && column.dflt_value === null && column.pk === 0,
    })),
    rows: rows.map((row) => ({
      key: keyText(row.slice(0, key.length)),
      cells: row.slice(key.length).map(cellOf),
    })),
    total: countRows(database, name),
  }
}

/** `values` by column position; what is missing takes its default. Throws a `HostError` that says why it was refused. */
export function addRow(database: OpenDatabase, name: string, values: ReadonlyMap<number, string>): string {
  const infos = columnsOf(database, name)
  const given = infos.flatMap((column, i) => {
    const value = values.get(i)
    return value === undefined ? [] : [{ column: quote(column.name), value }]
  })
  const columns = given.map((entry) => entry.column).join(', ')
  const marks = given.map(() => '?').join(', ')
  const body = given.length === 0 ? 'default values' : `(${columns}) values (${marks})`
  const key = keyColumns(database, name, infos)
  return attempt(() => {
    const row = database
      .prepare<string[], unknown[]>(
        `insert into ${quote(name)} ${body} returning ${key.map(quote).join(', ')}`,
      )
      .safeIntegers()
      .raw()
      .get(...given.map((entry) => entry.value))
    return keyText(row ?? [])
  })
}

/** False when the row is gone already. */
export function deleteRow(database: OpenDatabase, name: string, keyGiven: string): boolean {
  const key = keyColumns(database, name, columnsOf(database, name))
  const values = parseKey(keyGiven)
  if (values.length !== key.length) throw new HostError('This key names no row', 'Open the table again.')
  const where = key.map((column) => `${quote(column)} is ?`).join(' and ')
  return attempt(
    () => database.prepare(`delete from ${quote(name)} where ${where}`).run(...values).changes > 0,
  )
}

function tableNames(database: OpenDatabase): string[] {
  return database
    .prepare<[], { name: string }>(
      "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name collate nocase",
    )
    .all()
    .map((row) => row.name)
}

function countRows(database: OpenDatabase, name: string): number {
  const row = database.prepare<[], { total: number }>(`select count(*) total from ${quote(name)}`).get()
  return row?.total ?? 0
}

function columnsOf(database: OpenDatabase, name: string): ColumnInfo[] {
  if (!tableNames(database).includes(name))
    throw new HostError(`There is no table ${name}`, 'Open the list of tables.')
  return database.prepare<[string], ColumnInfo>('select * from pragma_table_info(?)').all(name)
}

/** A row's own number, or its primary key where rows have no number of their own. */
function keyColumns(database: OpenDatabase, name: string, infos: readonly ColumnInfo[]): string[] {
  const { wr } = database
    .prepare<[string], { wr: number }>("select wr from pragma_table_list where schema = 'main' and name = ?")
    .get(name) ?? { wr: 0 }
  const primary = infos.filter((column) => column.pk > 0).sort((a, b) => a.pk - b.pk)
  if (wr === 1) return primary.map((column) => column.name)
  const hidden = new Set(infos.map((column) => column.name.toLowerCase()))
  const own = ['rowid', '_rowid_', 'oid'].find((alias) => !hidden.has(alias))
  return own === undefined ? infos.map((column) => column.name) : [own]
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return { kind: 'null' }
  if (Buffer.isBuffer(value)) return { kind: 'blob', bytes: value.length }
  const text = String(value)
  return { kind: 'value', text: text.slice(0, shownLength), cut: text.length > shownLength }
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code !== 'string' || !code.startsWith('SQLITE_')) throw error
    throw new HostError(messageOf(error), hints[code] ?? 'Change the values and try again.', { cause: error })
  }
}

const hints: Readonly<Record<string, string>> = {
  SQLITE_CONSTRAINT_FOREIGNKEY: 'Rows of other tables belong together with this one: see to those first.',
  SQLITE_CONSTRAINT_NOTNULL: 'Give this column a value.',
  SQLITE_CONSTRAINT_UNIQUE: 'This value is there already.',
  SQLITE_BUSY: 'Somebody else holds the database: try again in a moment.',
}
