import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { copyPinnedFiles } from '../../src/engine/sources/sqlite/copy-pinned-files.ts'
import { pin } from '../../src/engine/sources/sqlite/pin.ts'
import { createSqliteSource } from '../../src/engine/sources/sqlite/sqlite-source.ts'

const script = fileURLToPath(new URL('../support/write-and-die.ts', import.meta.url))
const patience = { signal: new AbortController().signal, timeoutMs: 5_000 }

let folder: string
let database: { readonly name: string; readonly path: string }
let target: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-pinned-'))
  database = { name: 'main', path: join(folder, 'live.sqlite') }
  target = join(folder, 'copy.sqlite')
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

/** Another process commits rows and dies: nothing of what it does waits for this one. */
function write(rows: number, ...modes: readonly string[]): void {
  const { signal, stderr } = spawnSync(process.execPath, [script, database.path, String(rows), ...modes])
  expect([signal, stderr.toString()]).toEqual(['SIGKILL', ''])
}

/** Calls `meddle` once, at the first progress of a copy. */
async function snapshot(meddle: () => void = () => {}) {
  let meddled = false
  return createSqliteSource({ timeoutMs: 5_000 }).snapshot(database, target, {
    signal: patience.signal,
    onPinned() {},
    onProgress() {
      if (!meddled) meddle()
      meddled = true
    },
  })
}

function read(path: string) {
  const copy = new Database(path, { readonly: true })
  try {
    return {
      whole: copy.pragma('integrity_check', { simple: true }),
      rows: copy.prepare('SELECT count(*) FROM notes').pluck().get(),
      changed: copy.prepare("SELECT count(*) FROM notes WHERE text LIKE '% changed'").pluck().get(),
    }
  } finally {
    copy.close()
  }
}

/** Runs `meddle` right before a read transaction begins, the first `times` times. */
function beforeBegin(meddle: () => void, times = 1): void {
  const exec = Database.prototype.exec
  let left = times
  vi.spyOn(Database.prototype, 'exec').mockImplementation(function (this: Database.Database, sql: string) {
    if (sql === 'BEGIN' && left-- > 0) meddle()
    return exec.call(this, sql)
  })
}

describe('the copy of a pinned commit', () => {
  it('has what is only in the log, and leaves log and main file as they were', async () => {
    write(40)
    const made = await snapshot()
    expect(made).toMatchObject({
      method: 'sqlite-pinned-files',
      binding: { wal: { frame: expect.any(Number) } },
    })
    expect(read(target)).toEqual({ whole: 'ok', rows: 40, changed: 0 })
    expect([existsSync(`${target}-wal`), existsSync(`${target}-shm`)]).toEqual([false, false])
    expect(existsSync(`${database.path}-wal`)).toBe(true)
    expect(read(database.path).rows).toBe(40)
  })

  it('is that commit although others commit and check-point while it is copied', async () => {
    write(40)
    await snapshot(() => write(70, 'restart', 'update', 'checkpoint'))
    expect(read(target)).toEqual({ whole: 'ok', rows: 40, changed: 0 })
    expect(read(database.path)).toEqual({ whole: 'ok', rows: 110, changed: 110 })
  })

  it('needs no log when all of it is in the main file, though the log is begun anew in mid-copy', async () => {
    write(40, 'checkpoint')
    const made = await snapshot(() => write(70, 'restart', 'update', 'checkpoint'))
    expect(made.method).toBe('sqlite-pinned-files')
    expect(read(target)).toEqual({ whole: 'ok', rows: 40, changed: 0 })
    expect(read(database.path)).toEqual({ whole: 'ok', rows: 110, changed: 110 })
  })

  it('is bound to the commit it holds when the log is begun anew between looking at it and the pin', async () => {
    write(40, 'checkpoint')
    beforeBegin(() => write(30, 'restart'))
    const { binding } = await snapshot()
    expect(read(target)).toEqual({ whole: 'ok', rows: 70, changed: 0 })
    const log = await open(`${database.path}-wal`)
    const header = Buffer.alloc(32)
    await log.read(header, 0, 32, 0)
    await log.close()
    expect([binding.wal?.salt1, binding.wal?.salt2]).toEqual([
      header.readUInt32BE(16),
      header.readUInt32BE(20),
    ])
  })

  it('falls back to a copy page by page where a writer leaves no moment to read the log', async () => {
    write(40)
    const writer = new Database(database.path)
    const insert = writer.prepare("INSERT INTO notes (text) VALUES ('one more')")
    beforeBegin(() => insert.run(), 100)
    const made = await snapshot()
    writer.close()
    expect(made).toMatchObject({ method: 'sqlite-backup-in-one-read-transaction', binding: { wal: null } })
    expect(read(target)).toMatchObject({ whole: 'ok', rows: 140 })
  })

  it('is refused when the log was begun anew because nothing pinned it', async () => {
    write(40)
    const [main, copy] = [await open(database.path, 'r'), await open(target, 'wx+')]
    const connection = new Database(database.path, { readonly: true })
    const { binding, log } = await pin(connection, database, patience)
    connection.close()
    if (!log) throw new Error('there is a log')
    let meddled = false
    const copying = copyPinnedFiles(
      { database, main: main.fd, copy: copy.fd, target, binding, log },
      {
        signal: patience.signal,
        onProgress() {
          if (!meddled) write(70, 'restart', 'update')
          meddled = true
        },
      },
    )
    await expect(copying).rejects.toMatchObject({
      code: 'source-changed',
      message: expect.stringContaining('log'),
    })
    await Promise.all([main.close(), copy.close()])
  })

  it('stops within a piece when it is cancelled', async () => {
    write(4_000)
    const cancel = new AbortController()
    const reason = new Error('enough')
    const copying = createSqliteSource({ timeoutMs: 5_000 }).snapshot(database, target, {
      signal: cancel.signal,
      onPinned() {},
      onProgress: () => cancel.abort(reason),
    })
    await expect(copying).rejects.toThrow()
  })
})
