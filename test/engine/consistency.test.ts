import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { back, createRequest, openLive, quietly, sharedEngine, tenant } from '../support/tenant.ts'

const engine = sharedEngine({ sourceTimeoutMs: 10_000 })

/** 100 accounts of 1000 each, and a writer in a process of its own that never pauses. */
async function busyTenant(pragmas: readonly string[]) {
  const vault = await tenant()
  const path = vault.databases[0]!.path
  const live = openLive(path, pragmas)
  live.exec(`
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER);
    CREATE TABLE counter (value INTEGER);
    INSERT INTO counter VALUES (0);
    CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT);
    CREATE INDEX by_text ON notes (text);`)
  // More than a piece, so that a copy in pieces has to notice what is written between two of them.
  if (pragmas[0] !== 'journal_mode = WAL') live.exec('CREATE TABLE bulk AS SELECT zeroblob(9 * 1024 * 1024)')
  const add = live.prepare('INSERT INTO accounts (balance) VALUES (1000)')
  for (let count = 0; count < 100; count++) add.run()
  const script = fileURLToPath(new URL('../support/busy-writer.ts', import.meta.url))
  const writer = fork(script, [path, ...pragmas], { execArgv: [] })
  onTestFinished(() => void writer.kill('SIGKILL'))
  return { vault, writer }
}

function committedBy(writer: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    writer.once('message', (value) => resolve(Number(value)))
    writer.send('how far?')
  })
}

function read(path: string) {
  const copy = new Database(readFileSync(path))
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

describe('while another process writes without pause', () => {
  it.each([
    ['in WAL mode', 50, ['journal_mode = WAL', 'synchronous = OFF'], /^sqlite-pinned-files$/],
    [
      'in WAL mode with a log that is reset all the time',
      10,
      ['journal_mode = WAL', 'wal_autocheckpoint = 1', 'synchronous = OFF'],
      // There may be no moment to read the end of that log.
      /^sqlite-(pinned-files|backup-in-one-read-transaction)$/,
    ],
    [
      'with a journal that is deleted',
      4,
      ['journal_mode = DELETE', 'synchronous = OFF'],
      /^sqlite-pieces-between-commits$/,
    ],
    [
      'with a journal that is cut',
      4,
      ['journal_mode = TRUNCATE', 'synchronous = OFF'],
      /^sqlite-pieces-between-commits$/,
    ],
    [
      'with a journal that stays',
      4,
      ['journal_mode = PERSIST', 'synchronous = OFF'],
      /^sqlite-pieces-between-commits$/,
    ],
  ])(
    'every backup is one committed moment between its start and its end, %s',
    async (_, count, pragmas, methods) => {
      const { vault, writer } = await busyTenant(pragmas)
      await committedBy(writer)
      let last = 0
      for (let made = 0; made < count; made++) {
        const before = await committedBy(writer)
        const { backups } = await back(engine, vault)
        const after = await committedBy(writer)
        const found = read(join(vault.folder, backups[0]!.name))
        expect(found).toMatchObject({ whole: 'ok', sum: 100_000 })
        expect(found.counter).toBeGreaterThanOrEqual(before)
        // What is committed and not told yet when we ask is at most one transaction.
        expect(found.counter).toBeLessThanOrEqual(after + 1)
        last = found.counter
        const sidecar = JSON.parse(readFileSync(join(vault.folder, `${backups[0]!.name}.json`), 'utf8'))
        expect(sidecar.snapshot.method).toMatch(methods)
      }
      expect(await committedBy(writer)).toBeGreaterThan(last)
    },
    120_000,
  )

  it('a backup ends, and the writer goes on meanwhile', async () => {
    const { vault, writer } = await busyTenant(['journal_mode = WAL', 'synchronous = OFF'])
    await committedBy(writer)
    let atSnapshot = 0
    const during: number[] = []
    await engine.create(
      createRequest(vault),
      quietly({
        onProgress({ stage }) {
          if (stage === 'snapshot' && atSnapshot++ === 0)
            void committedBy(writer).then((value) => during.push(value))
          if (stage === 'publish') void committedBy(writer).then((value) => during.push(value))
        },
      }),
    )
    const after = await committedBy(writer)
    expect(during[0]).toBeLessThan(after)
  })
})
