import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSqliteSource } from '../../src/engine/sources/sqlite/sqlite-source.ts'

let folder: string
let database: { readonly name: string; readonly path: string }
let target: string
let live: Database.Database

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-log-'))
  database = { name: 'main', path: join(folder, 'live.sqlite') }
  target = join(folder, 'copy.sqlite')
  live = new Database(database.path)
})

afterEach(() => {
  live.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(pageSize: number): void {
  live.pragma(`page_size = ${pageSize}`)
  for (const pragma of ['auto_vacuum = INCREMENTAL', 'journal_mode = WAL', 'wal_autocheckpoint = 0'])
    live.pragma(pragma)
  live.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)')
}

const insert = (count: number) =>
  live.exec(`WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
    INSERT INTO rows (text) SELECT hex(randomblob(300)) FROM numbers`)

const snapshot = () =>
  createSqliteSource({ timeoutMs: 5_000 }).snapshot(database, target, {
    signal: new AbortController().signal,
    onPinned() {},
    onProgress() {},
  })

/** What SQLite itself makes of main file and log. */
function asCheckpointed(): Buffer {
  const path = join(folder, 'checkpointed.sqlite')
  for (const end of ['', '-wal']) copyFileSync(database.path + end, path + end)
  const main = readFileSync(path)
  const other = new Database(path)
  other.pragma('wal_checkpoint(TRUNCATE)')
  const bytes = readFileSync(path)
  other.close()
  expect(bytes.equals(main)).toBe(false)
  return bytes
}

/** The two bytes that say whether there is a log. */
const withoutModes = (bytes: Buffer) => Buffer.from(bytes).fill(0, 18, 20)

describe('bringing the log into the copy', () => {
  it.each([512, 1024, 4096, 8192, 65_536])(
    'gives what a checkpoint gives, with pages of %i bytes',
    async (pageSize) => {
      open(pageSize)
      insert(3_000)
      live.pragma('wal_checkpoint(TRUNCATE)')
      live.exec('UPDATE rows SET text = lower(text) WHERE id % 7 = 0')
      insert(2_000)
      live.exec('DELETE FROM rows WHERE id % 3 = 0')
      const { method, binding } = await snapshot()
      expect(method).toBe('sqlite-pinned-files')
      expect(binding).toMatchObject({ pageSize, wal: { frame: expect.any(Number) } })
      expect(withoutModes(readFileSync(target)).equals(withoutModes(asCheckpointed()))).toBe(true)
    },
  )

  it.each([
    ['became smaller in the log', 'DELETE FROM rows WHERE id > 500; PRAGMA incremental_vacuum'],
    ['was packed in the log', 'DELETE FROM rows WHERE id % 2 = 0; VACUUM'],
    [
      'grew and became smaller again in the log',
      'INSERT INTO rows (text) SELECT text FROM rows; DELETE FROM rows WHERE id > 100; PRAGMA incremental_vacuum',
    ],
    [
      'got a transaction that was rolled back after it had spilled into the log',
      "PRAGMA cache_size = 5; UPDATE rows SET text = 'kept' WHERE id = 1; BEGIN; UPDATE rows SET text = 'lost'; ROLLBACK",
    ],
    [
      'got one that was rolled back in part',
      "PRAGMA cache_size = 5; BEGIN; SAVEPOINT one; UPDATE rows SET text = 'lost'; ROLLBACK TO one; UPDATE rows SET text = 'kept' WHERE id % 5 = 0; COMMIT",
    ],
  ])('gives what a checkpoint gives when the database %s', async (_, change) => {
    open(4096)
    insert(3_000)
    live.pragma('wal_checkpoint(TRUNCATE)')
    live.exec(change)
    await snapshot()
    expect(withoutModes(readFileSync(target)).equals(withoutModes(asCheckpointed()))).toBe(true)
  })

  it('refuses a log in which a bit is not as it was written', async () => {
    open(4096)
    insert(3_000)
    const log = readFileSync(`${database.path}-wal`)
    const at = Math.floor(log.length / 2)
    const file = openSync(`${database.path}-wal`, 'r+')
    writeSync(file, Buffer.from([(log[at] ?? 0) ^ 1]), 0, 1, at)
    closeSync(file)
    await expect(snapshot()).rejects.toMatchObject({
      code: 'source-damaged',
      message: expect.stringContaining('checksums'),
    })
    writeFileSync(`${database.path}-wal`, log)
  })

  it('reads a log that was written on a machine with the other byte order', async () => {
    open(4096)
    insert(1_000)
    const path = join(folder, 'other.sqlite')
    copyFileSync(database.path, path)
    writeFileSync(`${path}-wal`, inOtherByteOrder(readFileSync(`${database.path}-wal`)))
    database = { name: 'other', path }
    const { binding } = await snapshot()
    expect(binding.wal?.frame).toBeGreaterThan(100)
    const copy = new Database(target, { readonly: true })
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(copy.prepare('SELECT count(*) FROM rows').pluck().get()).toBe(1_000)
    copy.close()
  })
})

/** The same frames with checksums over big-endian words, as the format has them for such machines. */
function inOtherByteOrder(log: Buffer): Buffer {
  const result = Buffer.from(log)
  result.writeUInt32BE(0x377f0683, 0)
  let sums: readonly [number, number] = [0, 0]
  const add = (from: number, to: number) => {
    let [first, second] = sums
    for (let at = from; at < to; at += 8) {
      first = (first + result.readUInt32BE(at) + second) >>> 0
      second = (second + result.readUInt32BE(at + 4) + first) >>> 0
    }
    sums = [first, second]
  }
  const write = (at: number) => {
    result.writeUInt32BE(sums[0], at)
    result.writeUInt32BE(sums[1], at + 4)
  }
  add(0, 24)
  write(24)
  for (let at = 32; at < result.length; at += 24 + 4096) {
    add(at, at + 8)
    add(at + 24, at + 24 + 4096)
    write(at + 16)
  }
  return result
}
