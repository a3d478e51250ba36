import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TurnLimits } from '../../src/engine/sources/sqlite/copy-in-turns.ts'
import { createSqliteSource } from '../../src/engine/sources/sqlite/sqlite-source.ts'
import { until } from '../support/processes.ts'

const mebibyte = 1024 * 1024

let folder: string
let database: { readonly name: string; readonly path: string }
let target: string
let live: Database.Database

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-turns-'))
  database = { name: 'main', path: join(folder, 'live.sqlite') }
  target = join(folder, 'copy.sqlite')
  live = new Database(database.path, { timeout: 0 })
  live.pragma('synchronous = OFF')
})

afterEach(() => {
  vi.restoreAllMocks()
  live.close()
  rmSync(folder, { recursive: true, force: true })
})

/** So many MiB, which is several pieces, and a sum that every commit leaves as it is. */
function fill(mebibytes: number): void {
  live.exec(`
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER, bulk BLOB);
    CREATE TABLE counter (value INTEGER); INSERT INTO counter VALUES (0);`)
  const add = live.prepare('INSERT INTO accounts (balance, bulk) VALUES (1000, randomblob(4000))')
  live.transaction(() => {
    while ((live.pragma('page_count', { simple: true }) as number) * 4096 < mebibytes * mebibyte) add.run()
  })()
}

/** Touches a page of every piece. */
const commit = () =>
  live.transaction(() => {
    live.exec('UPDATE accounts SET balance = balance + iif(id % 200 < 100, 1, -1) WHERE id % 100 = 7')
    live.exec('UPDATE counter SET value = value + 1')
  })()

/** False when the copy keeps the writer out at this moment. */
function tryToCommit(): boolean {
  try {
    commit()
    return true
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    return false
  }
}

/** Commits whenever it is told to, and as soon as it can when it was kept out: a waiting writer goes first. */
function impatientWriter(onRefused: () => void) {
  const writer = {
    committed: 0,
    refused: 0,
    waiting: false,
    write() {
      writer.waiting = !tryToCommit()
      if (writer.waiting) {
        writer.refused++
        onRefused()
      } else writer.committed++
    },
  }
  const exec = Database.prototype.exec
  vi.spyOn(Database.prototype, 'exec').mockImplementation(function (this: Database.Database, sql: string) {
    if (this !== live && sql === 'BEGIN' && writer.waiting) writer.write()
    return exec.call(this, sql)
  })
  return writer
}

interface Meddling {
  readonly signal?: AbortSignal
  readonly turns?: TurnLimits
  /** At every progress, counted from 1. */
  meddle?(count: number): void
}

function snapshot({ signal, turns, meddle }: Meddling = {}) {
  let count = 0
  return createSqliteSource({ timeoutMs: 5_000, ...(turns ? { turns } : {}) }).snapshot(database, target, {
    signal: signal ?? new AbortController().signal,
    onPinned() {},
    onProgress: () => meddle?.(++count),
  })
}

function read(path: string) {
  const copy = new Database(path, { readonly: true })
  try {
    return {
      whole: copy.pragma('integrity_check', { simple: true }),
      odd: copy.prepare('SELECT count(DISTINCT balance) FROM accounts WHERE id % 200 = 7').pluck().get(),
      counter: copy.prepare('SELECT value FROM counter').pluck().get(),
    }
  } finally {
    copy.close()
  }
}

/** What this process has open of the two databases. */
function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return ''
      }
    })
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length + 1))
}

describe('the copy of a database with a rollback journal', () => {
  it('is the file itself, byte by byte, when nobody writes', async () => {
    fill(10)
    const made = await snapshot()
    expect(made).toMatchObject({
      method: 'sqlite-pieces-between-commits',
      heldWritersMs: expect.any(Number),
      original: { journalMode: 'delete' },
      binding: { wal: null, pageCount: statSync(database.path).size / 4096 },
    })
    expect(readFileSync(target).equals(readFileSync(database.path))).toBe(true)
  })

  it('keeps nobody from writing between two pieces', async () => {
    fill(20)
    let committed = 0
    await snapshot({
      meddle(count) {
        if (count === 2) committed += Number(tryToCommit())
      },
    })
    expect(committed).toBe(1)
    expect(read(target)).toEqual({ whole: 'ok', odd: 1, counter: 1 })
  })

  it.each(['DELETE', 'TRUNCATE', 'PERSIST'])(
    'is one commit although others commit before every piece, in %s mode',
    async (mode) => {
      live.pragma(`journal_mode = ${mode}`)
      fill(20)
      let refused = 0
      const { original } = await snapshot({ meddle: () => void (tryToCommit() || refused++) })
      expect(original.journalMode).toBe('delete')
      const found = read(target)
      expect(found).toEqual({ whole: 'ok', odd: 1, counter: expect.any(Number) })
      // Two passes of six pieces each; then they were kept out.
      expect(found.counter).toBeGreaterThanOrEqual(10)
      expect(refused).toBeGreaterThan(0)
      expect(readFileSync(target).equals(readFileSync(database.path))).toBe(refused > 0)
    },
  )

  it.each([
    ['is packed', () => live.exec('DELETE FROM accounts WHERE id % 3 = 0; VACUUM')],
    ['gets pages of another size', () => live.exec('PRAGMA page_size = 8192; VACUUM')],
    [
      'grows',
      () => live.exec('INSERT INTO accounts (bulk) SELECT randomblob(4000) FROM accounts LIMIT 2500'),
    ],
    ['shrinks below what was copied', () => live.exec('DELETE FROM accounts WHERE id > 1000; VACUUM')],
  ])('is one commit although the database %s meanwhile', async (_, change) => {
    fill(16)
    const size = statSync(database.path).size
    await snapshot({
      meddle(count) {
        if (count === 3) change()
      },
    })
    expect(read(target)).toMatchObject({ whole: 'ok' })
    expect(readFileSync(target).equals(readFileSync(database.path))).toBe(true)
    if (change.toString().includes('page_size')) return
    expect(statSync(target).size).not.toBe(size)
  })

  it('has nothing of a transaction that wrote into the file and was rolled back between two pieces', async () => {
    fill(12)
    live.pragma('cache_size = 5')
    const before = readFileSync(database.path)
    let during = before
    let refusals = 0
    const exec = Database.prototype.exec
    vi.spyOn(Database.prototype, 'exec').mockImplementation(function (this: Database.Database, sql: string) {
      // The third time that the copy asks for its turn in vain, the other transaction ends.
      if (this !== live && sql === 'BEGIN' && live.inTransaction && ++refusals === 3) live.exec('ROLLBACK')
      return exec.call(this, sql)
    })
    await snapshot({
      meddle(count) {
        if (count !== 1) return
        live.exec('BEGIN; UPDATE accounts SET balance = 0, bulk = zeroblob(4000)')
        during = readFileSync(database.path)
      },
    })
    expect(during.equals(before)).toBe(false)
    expect(refusals).toBe(3)
    expect(readFileSync(target).equals(before)).toBe(true)
  })

  it('lets the writers in when its bound is passed, and says so when it never comes to an end', async () => {
    fill(16)
    let now = 0
    const writer = impatientWriter(() => {
      now += 6_000
    })
    const copying = snapshot({
      turns: { maxHoldMs: 10_000, holds: 2, now: () => now },
      meddle: () => writer.write(),
    })
    await expect(copying).rejects.toMatchObject({
      code: 'source-locked',
      message: expect.stringContaining('10.0 s 2 times'),
      hint: expect.stringContaining('journal_mode = WAL'),
    })
    // 6 s after the first piece, 12 s after the second one: then the bound is passed, in both holds.
    expect(writer.refused).toBe(4)
    // Two passes of four pieces, one more after the first hold, and one commit right after it.
    expect(writer.committed).toBeGreaterThanOrEqual(12)
    expect(tryToCommit()).toBe(true)
  })

  it('ends with the second hold when the first was too slow', async () => {
    fill(16)
    let now = 0
    const writer = impatientWriter(() => {
      if (now < 15_000) now += 7_500
    })
    const { heldWritersMs } = await snapshot({
      turns: { maxHoldMs: 10_000, holds: 2, now: () => now },
      meddle: () => writer.write(),
    })
    expect(heldWritersMs).toBe(15_000)
    expect(writer.refused).toBeGreaterThan(4)
    expect(read(target)).toMatchObject({ whole: 'ok', odd: 1 })
    expect(readFileSync(target).equals(readFileSync(database.path))).toBe(true)
  })

  it('gives the lock back in time although the copying itself does not look at the clock', async () => {
    fill(16)
    const writer = impatientWriter(() => {
      const end = performance.now() + 25
      while (performance.now() < end);
    })
    // With a clock that stands still only the timer is left, which also ends a hold while the disk hangs.
    const copying = snapshot({
      turns: { maxHoldMs: 40, holds: 2, now: () => 0 },
      meddle: () => writer.write(),
    })
    await expect(copying).rejects.toMatchObject({ code: 'source-locked' })
    expect(writer.refused).toBeGreaterThan(0)
    expect(tryToCommit()).toBe(true)
  })

  it('goes on with the log when the database is switched to one in mid-copy', async () => {
    fill(12)
    const made = await snapshot({
      meddle(count) {
        if (count !== 2) return
        live.pragma('journal_mode = WAL')
        commit()
      },
    })
    expect(made).toMatchObject({ method: 'sqlite-pinned-files', original: { journalMode: 'wal' } })
    expect(read(target)).toEqual({ whole: 'ok', odd: 1, counter: 1 })
  })

  it('leaves nothing open and nobody locked out when it is cancelled in mid-copy', async () => {
    fill(12)
    const before = openFiles()
    const cancel = new AbortController()
    const copying = snapshot({
      signal: cancel.signal,
      meddle(count) {
        if (count === 2) cancel.abort()
      },
    })
    await expect(copying).rejects.toMatchObject({ code: 'cancelled' })
    expect(openFiles()).toEqual(before)
    expect(tryToCommit()).toBe(true)
  })

  it('leaves nothing open and nobody locked out when it is cancelled while writers wait', async () => {
    fill(12)
    const before = openFiles()
    const cancel = new AbortController()
    const copying = snapshot({
      signal: cancel.signal,
      meddle() {
        if (!tryToCommit()) cancel.abort()
      },
    })
    await expect(copying).rejects.toMatchObject({ code: 'cancelled' })
    await until(() => openFiles().length === before.length)
    expect(openFiles()).toEqual(before)
    expect(tryToCommit()).toBe(true)
  })
})
