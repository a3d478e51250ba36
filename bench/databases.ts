import { rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'

const rowBytes = 1000

/** A WAL database of about so many MiB, checkpointed, with an index that the integrity check has to follow. */
export function makeDatabase(path: string, mebibytes: number): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = OFF')
  database.exec(
    'CREATE TABLE rows (id INTEGER PRIMARY KEY, number INTEGER, bytes BLOB); CREATE INDEX by_number ON rows (number)',
  )
  database.exec('CREATE TABLE ticks (id INTEGER PRIMARY KEY, text TEXT)')
  const insert = database.prepare('INSERT INTO rows (number, bytes) VALUES (random(), randomblob(?))')
  const some = database.transaction((count: number) => {
    for (let index = 0; index < count; index++) insert.run(rowBytes)
  })
  while (statSync(path).size < mebibytes * 1024 * 1024) {
    some(Math.min(50_000, mebibytes * 250))
    database.pragma('wal_checkpoint(TRUNCATE)')
  }
  database.close()
}
