import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** The bytes of a database that was made by `sql`, and then had its schema rewritten. SQLite's own guards are off. */
export function made(sql: string, tamper: (database: Database.Database) => void = () => {}): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
  try {
    const path = join(folder, 'made.sqlite')
    const database = new Database(path)
    database.unsafeMode(true)
    database.exec(sql)
    database.pragma('writable_schema = ON')
    tamper(database)
    database.close()
    return readFileSync(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Rewrites one row of the schema. */
export const withSql = (name: string, sql: string | null) => (database: Database.Database) =>
  void database.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(sql, name)

export const withRoot = (name: string, page: number) => (database: Database.Database) =>
  void database.prepare('UPDATE sqlite_schema SET rootpage = ? WHERE name = ?').run(page, name)

export const withRow =
  (type: string, name: string, root: number, sql: string | null) => (database: Database.Database) =>
    void database
      .prepare('INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?)')
      .run(type, name, name, root, sql)

/** A copy with some bytes changed. */
export function patched(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}

export const pageSize = 4096

/** Where page `number` begins; the first is 1. */
export const page = (number: number) => (number - 1) * pageSize

/** A sound database of some pages: a table with long and short rows, an index, and pages on the freelist. */
export function sound(): Buffer {
  return made(`
    PRAGMA page_size = ${pageSize};
    CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, text TEXT);
    CREATE INDEX by_n ON t (n);
    CREATE TABLE gone (x);
    INSERT INTO t SELECT value, value % 7, hex(zeroblob(100)) FROM (
      WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c LIMIT 200) SELECT value FROM c);
    INSERT INTO t VALUES (1000, 1, hex(zeroblob(10000)));
    INSERT INTO gone SELECT hex(zeroblob(3000)) FROM t LIMIT 20;
    DROP TABLE gone;
  `)
}

export function rootOf(bytes: Buffer, name: string): number {
  const database = new Database(bytes)
  const root = database
    .prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?')
    .pluck()
    .get(name)
  database.close()
  return root ?? 0
}
