import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'

/** What all accounts have together, at every committed moment. */
export const sumOfAccounts = 100_000

/** Fills an open database with 100 accounts of 1000 each, for a writer that moves amounts between them. */
export function openAccounts(live: Database.Database): void {
  live.exec(`
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER);
    CREATE TABLE counter (value INTEGER);
    INSERT INTO counter VALUES (0);
    CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT);
    CREATE INDEX by_text ON notes (text);`)
  const add = live.prepare('INSERT INTO accounts (balance) VALUES (1000)')
  for (let count = 0; count < 100; count++) add.run()
}

/** A process of its own that never pauses, until the test ends. */
export function writeWithoutPause(path: string, pragmas: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL('./busy-writer.ts', import.meta.url))
  const writer = fork(script, [path, ...pragmas], { execArgv: [] })
  onTestFinished(() => void writer.kill('SIGKILL'))
  return writer
}

/** How many transactions it has committed. One more may be committed that it has not told of yet. */
export function committedBy(writer: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    writer.once('message', (value) => resolve(Number(value)))
    writer.send('how far?')
  })
}

/** What a copy of such a database holds. */
export function momentIn(path: string) {
  const copy = new Database(path, { readonly: true })
  try {
    return {
      whole: copy.pragma('integrity_check', { simple: true }),
      sum: copy.prepare('SELECT sum(balance) FROM accounts').pluck().get(),
      counter: copy.prepare('SELECT value FROM counter').pluck().get() as number,
    }
  } finally {
    copy.close()
  }
}
