import type Database from 'better-sqlite3'

/** Longer names are not worth an answer of megabytes. */
const longestName = 200

/**
 * Replaces every kind of virtual table by one that holds nothing, so that no code of a real one ever reads what a
 * hostile file has in its shadow tables: the integrity check would ask them. To be called before anything is read.
 */
export function replaceModules(connection: Database.Database): void {
  const register = connection as unknown as { table(name: string, make: () => object): void }
  for (const { name } of connection.pragma('module_list') as { name: string }[])
    register.table(name, () => ({ columns: ['nothing'], *rows() {} }))
}

/**
 * Real tables, as the schema's rows have them. `PRAGMA table_list` would prepare every view and connect every virtual
 * table to say the same.
 */
export function readHostileTables(connection: Database.Database): readonly string[] {
  const names = connection
    .prepare<[number], string>(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 AND length(name) <= ?",
    )
    .pluck()
    .all(longestName)
  return names.filter((name) => !name.startsWith('sqlite_')).sort()
}
