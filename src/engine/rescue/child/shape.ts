import type { RescueColumn } from '../../rescuing.ts'
import { isLookedInto, isSayable } from '../../schema-entries.ts'
import { cannotBeRead, noSuchTable } from '../refusals.ts'
import type { Connection } from './open-file.ts'

/** A table as it is read. Everything in it was found by asking SQLite, not by reading SQL. */
export interface Shape {
  readonly name: string
  /** Those that are stored. */
  readonly columns: readonly RescueColumn[]
  readonly computed: readonly string[]
  /** Names, in the order of the key. */
  readonly primaryKey: readonly string[]
  readonly key: KeyPlan
}

/** How rows are told apart and put in order, without sorting. */
export type KeyPlan =
  | { readonly kind: 'rowid'; readonly name: string }
  /** `ascending`: a row can be sought by comparing its whole key with another. */
  | { readonly kind: 'primary'; readonly columns: readonly KeyColumn[]; readonly ascending: boolean }

export interface KeyColumn {
  readonly name: string
  readonly collation: string
  readonly descending: boolean
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly pk: number
  /** 0 ordinary, 1 hidden, 2 computed when read, 3 computed when written. */
  readonly hidden: number
}

/** Throws `not-found` for everything but a table that may be looked into. */
export function shapeOf(connection: Connection, name: string): Shape {
  if (!isSayable(name) || !isLookedInto(connection, name)) throw noSuchTable()
  const info = connection
    .prepare('SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)')
    .all(name) as ColumnInfo[]
  const stored = info.filter(({ hidden }) => hidden === 0 || hidden === 3)
  if (!stored.every(({ name: column }) => isSayable(column)))
    throw cannotBeRead('a column has an unreadable name')
  return {
    name,
    columns: stored.map(({ name: column, type, pk }) => ({
      name: column,
      type: type.slice(0, 100),
      primaryKey: pk > 0,
    })),
    computed: info.filter(({ hidden }) => hidden === 2).map(({ name: column }) => column),
    primaryKey: stored
      .filter(({ pk }) => pk > 0)
      .sort((a, b) => a.pk - b.pk)
      .map(({ name: column }) => column),
    key: rowidPlan(connection, name, info) ?? primaryPlan(connection, name),
  }
}

/** Null for a table without rowids, whatever its columns are called. */
function rowidPlan(connection: Connection, table: string, info: readonly ColumnInfo[]): KeyPlan | null {
  const taken = new Set(info.map(({ name }) => name.toLowerCase()))
  const free = ['_rowid_', 'rowid', 'oid'].find((name) => !taken.has(name))
  if (free === undefined) throw cannotBeRead('its columns hide what tells its rows apart')
  try {
    connection.prepare(`SELECT ${free} FROM main.${quoted(table)}`)
    return { kind: 'rowid', name: free }
  } catch {
    return null
  }
}

function primaryPlan(connection: Connection, table: string): KeyPlan {
  const [index] = connection
    .prepare("SELECT name FROM pragma_index_list(?) WHERE origin = 'pk'")
    .pluck()
    .all(table)
  const columns = connection
    .prepare(
      'SELECT name, coll AS collation, desc AS descending FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno',
    )
    .all(index) as { name: string; collation: string; descending: number }[]
  if (columns.length === 0) throw cannotBeRead('what tells its rows apart is missing')
  return {
    kind: 'primary',
    columns: columns.map(({ name, collation, descending }) => ({
      name,
      collation,
      descending: descending === 1,
    })),
    ascending: columns.every(({ descending }) => descending === 0),
  }
}
