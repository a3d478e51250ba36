import type { LeftOutReason } from './rescuing.ts'

/** As much of a connection as reading the schema takes. */
interface Connection {
  prepare(sql: string): { all(...values: readonly unknown[]): unknown[] }
}

/** More make a list that nobody can read; a table that is not in it can be looked into all the same. */
export const tableLimit = 1_000
const entryLimit = 3 * tableLimit

/** What tables a virtual table keeps its data in, by its module. */
const shadowSuffixes: Readonly<Record<string, readonly string[]>> = {
  fts3: ['content', 'segments', 'segdir', 'docsize', 'stat'],
  fts4: ['content', 'segments', 'segdir', 'docsize', 'stat'],
  fts5: ['data', 'idx', 'content', 'docsize', 'config'],
  rtree: ['node', 'rowid', 'parent'],
  geopoly: ['node', 'rowid', 'parent'],
}

export interface Schema {
  readonly tables: readonly string[]
  readonly more: boolean
  readonly leftOut: readonly { readonly name: string; readonly reason: LeftOutReason }[]
}

interface Entry {
  readonly type: unknown
  readonly name: unknown
  readonly sql: unknown
}

/**
 * What the schema says of itself, as text: `PRAGMA table_list`, also that of one table, prepares every view and connects
 * every virtual table to tell their columns. SQLite refuses a schema in which a text defines something else than its
 * line names, so the texts can be believed.
 */
export function readSchema(connection: Connection): Schema {
  // Apart, so that no number of views hides a table.
  const inTables = entriesOf(connection, 'table')
  const entries = [...inTables, ...entriesOf(connection, 'view')]
  const shadows = new Set(entries.flatMap(shadowsOf))
  const tables: string[] = []
  const leftOut: { name: string; reason: LeftOutReason }[] = []
  for (const entry of entries) {
    const name = String(entry.name)
    if (name.startsWith('sqlite_')) continue
    const reason = shadows.has(name.toLowerCase()) ? 'shadow' : reasonOf(entry)
    if (reason === null) tables.push(name)
    else leftOut.push({ name, reason })
  }
  return {
    tables: [...new Set(tables)].sort().slice(0, tableLimit),
    more: tables.length > tableLimit || inTables.length === entryLimit,
    leftOut: leftOut.slice(0, tableLimit),
  }
}

/** Whether the schema calls it a table that may be looked into. */
export function isLookedInto(connection: Connection, name: string): boolean {
  const entries = connection
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?")
    .all(name) as Entry[]
  const shadows = entriesOf(connection, 'table').flatMap(shadowsOf)
  if (name.startsWith('sqlite_') || shadows.includes(name.toLowerCase())) return false
  return entries.length === 1 && reasonOf(entries[0]!) === null
}

function entriesOf(connection: Connection, type: 'table' | 'view'): readonly Entry[] {
  return connection
    .prepare('SELECT type, name, substr(sql, 1, 500) AS sql FROM sqlite_schema WHERE type = ? LIMIT ?')
    .all(type, entryLimit) as Entry[]
}

/** SQLite itself writes the beginning of these texts; whatever begins otherwise was made by hand. */
function reasonOf({ type, name, sql }: Entry): LeftOutReason | null {
  const text = typeof sql === 'string' ? sql : ''
  if (type === 'view' || /^CREATE\s+(TEMP\w*\s+)?VIEW\b/i.test(text)) return 'view'
  if (/^CREATE\s+VIRTUAL\b/i.test(text)) return 'virtual'
  return text.startsWith('CREATE TABLE ') && isSayable(name) ? null : 'unnameable'
}

/** A name that SQLite can be asked for: it is not what was stored when that was no valid Unicode, or holds a NUL. */
export const isSayable = (name: unknown): name is string =>
  typeof name === 'string' && !/[\0\uFFFD]/.test(name)

function shadowsOf({ name, sql }: Entry): readonly string[] {
  const module =
    typeof sql === 'string' ? /^CREATE\s+VIRTUAL\s[\s\S]*?\sUSING\s+"?(\w+)/i.exec(sql)?.[1] : undefined
  const suffixes = (module !== undefined && shadowSuffixes[module.toLowerCase()]) || []
  return suffixes.map((suffix) => `${String(name).toLowerCase()}_${suffix}`)
}
