import type Database from 'better-sqlite3'

/**
 * Replaces every kind of virtual table by one that holds nothing, so that no code of a real one ever reads what a
 * hostile file has in its shadow tables: the integrity check would ask them. To be called before anything is read.
 */
export function replaceModules(connection: Database.Database): void {
  const register = connection as unknown as { table(name: string, make: () => object): void }
  for (const { name } of connection.pragma('module_list') as { name: string }[])
    register.table(name, () => ({ columns: ['nothing'], *rows() {} }))
}
