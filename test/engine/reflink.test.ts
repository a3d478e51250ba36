import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSqliteSource } from '../../src/engine/sources/sqlite/sqlite-source.ts'
import { missingFor, mountFresh } from '../support/file-systems.ts'
import { until } from '../support/processes.ts'

const script = fileURLToPath(new URL('../support/busy-writer.ts', import.meta.url))

describe.each(['xfs', 'btrfs'] as const)('a copy that shares blocks, on %s', (type) => {
  const missing = missingFor(type)
  let folder: string
  let mounted: ReturnType<typeof mountFresh>
  let database: { readonly name: string; readonly path: string }
  let target: string
  let live: Database.Database
  let writer: ChildProcess | null

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'backup-reflink-'))
    mounted = missing ?? mountFresh(type, folder)
  })
  afterAll(() => {
    if (typeof mounted !== 'string') mounted.unmount()
    rmSync(folder, { recursive: true, force: true })
  })

  beforeEach(({ skip }) => {
    if (typeof mounted === 'string') return skip(mounted)
    database = { name: 'main', path: join(mounted.path, 'live.sqlite') }
    target = join(mounted.path, 'copy.sqlite')
    writer = null
  })
  afterEach(async () => {
    if (typeof mounted === 'string') return
    if (writer !== null) await ended(writer)
    live.close()
    for (const path of [database.path, target])
      for (const end of ['', '-wal', '-shm', '-journal']) rmSync(path + end, { force: true })
  })

  /** Accounts whose sum never changes, and enough beside them for sharing to be worthwhile. */
  function make(pragmas: readonly string[]): void {
    live = new Database(database.path, { timeout: 10_000 })
    for (const pragma of ['synchronous = OFF', ...pragmas]) live.pragma(pragma)
    live.exec(`
      CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER);
      CREATE TABLE counter (value INTEGER);
      INSERT INTO counter VALUES (0);
      CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT);
      CREATE TABLE bulk (bytes BLOB);`)
    live.transaction(() => {
      for (let count = 0; count < 100; count++) live.exec('INSERT INTO accounts (balance) VALUES (1000)')
      for (let count = 0; count < 32; count++) live.exec('INSERT INTO bulk VALUES (randomblob(1048576))')
    })()
  }

  const snapshot = (signal = new AbortController().signal, onPinned = () => {}) =>
    createSqliteSource({ timeoutMs: 10_000 }).snapshot(database, target, {
      signal,
      onPinned,
      onProgress() {},
    })

  function read(path: string) {
    const copy = new Database(path, { readonly: true })
    try {
      return {
        whole: copy.pragma('integrity_check', { simple: true }),
        mode: copy.pragma('journal_mode', { simple: true }),
        sum: copy.prepare('SELECT sum(balance) FROM accounts').pluck().get(),
        counter: copy.prepare('SELECT value FROM counter').pluck().get() as number,
      }
    } finally {
      copy.close()
    }
  }

  async function startWriter(pragmas: readonly string[]): Promise<void> {
    writer = fork(script, [database.path, ...pragmas, 'synchronous = OFF'], { execArgv: [] })
    await until(async () => (await committed()) > 10, 20_000)
  }

  const committed = () =>
    new Promise<number>((resolve) => {
      writer?.once('message', (value) => resolve(Number(value)))
      writer?.send('how far?')
    })

  it('has all of an idle database in WAL mode, what is only in its log too', async () => {
    make(['journal_mode = WAL'])
    live.pragma('wal_checkpoint(TRUNCATE)')
    live.exec('UPDATE counter SET value = 7')
    const made = await snapshot()
    expect(made.method).toBe('sqlite-pinned-files-reflink')
    expect(read(target)).toEqual({ whole: 'ok', mode: 'delete', sum: 100_000, counter: 7 })
    expect(existsSync(`${target}-wal`)).toBe(false)
    expect(statSync(target).size).toBe(made.binding.pageCount * made.binding.pageSize)
    // Changing the one never shows in the other.
    const before = readFileSync(target)
    live.exec('UPDATE bulk SET bytes = zeroblob(1048576)')
    live.pragma('wal_checkpoint(TRUNCATE)')
    expect(readFileSync(target).equals(before)).toBe(true)
  })

  it.each([
    ['journal_mode = WAL', 'sqlite-pinned-files-reflink'],
    ['journal_mode = DELETE', 'sqlite-between-commits-reflink'],
  ])('is one committed moment while another process writes without pause, with %s', async (mode, method) => {
    make([mode])
    await startWriter([mode])
    for (let made = 0; made < 5; made++) {
      rmSync(target, { force: true })
      const before = await committed()
      expect((await snapshot()).method).toBe(method)
      const after = await committed()
      const found = read(target)
      expect(found).toMatchObject({ whole: 'ok', sum: 100_000 })
      expect(found.counter).toBeGreaterThanOrEqual(before)
      expect(found.counter).toBeLessThanOrEqual(after + 1)
    }
  })

  it('costs this process none of its locks on the database', async () => {
    make(['journal_mode = DELETE'])
    const lockHeld = () => locksOn(database.path)
    live.exec('BEGIN; SELECT count(*) FROM accounts')
    live.prepare('SELECT count(*) FROM accounts').get()
    const before = lockHeld()
    expect(before).toBeGreaterThan(0)
    // Read while the copy of another connection holds its own; both are this process's.
    const { cloneFile } = await import('../../src/engine/sources/sqlite/clone-file.ts')
    const { closeSync, openSync } = await import('node:fs')
    const [main, copy] = [openSync(database.path, 'r'), openSync(target, 'wx+')]
    expect(await cloneFile({ main, copy, target }, { signal: new AbortController().signal })).toBe(true)
    expect(lockHeld()).toBe(before)
    closeSync(copy)
    // What it would cost to close a descriptor here: the test could see it.
    closeSync(main)
    expect(lockHeld()).toBe(0)
    live.exec('ROLLBACK')
  })

  it('is copied byte by byte where sharing fails', async () => {
    make(['journal_mode = DELETE'])
    const path = process.env.PATH
    process.env.PATH = '/nowhere'
    try {
      expect((await snapshot()).method).toBe('sqlite-pieces-between-commits')
    } finally {
      process.env.PATH = path
    }
    expect(readFileSync(target).equals(readFileSync(database.path))).toBe(true)
  })

  it('ends at once when it is cancelled', async () => {
    make(['journal_mode = WAL'])
    const cancel = new AbortController()
    await expect(snapshot(cancel.signal, () => cancel.abort())).rejects.toMatchObject({ code: 'cancelled' })
  })
})

/** Locks that this process holds on a file, as the kernel lists them. */
function locksOn(path: string): number {
  const { ino } = statSync(path)
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length
}

function ended(child: ChildProcess): Promise<unknown> {
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  return exit
}
