import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ArchiveEntry } from '../../src/engine/archive.ts'
import { zipFormat } from '../../src/engine/archives/zip/zip-format.ts'
import { archiveVault } from '../../src/engine/archiving.ts'
import { cancelled } from '../../src/engine/failure.ts'
import {
  archivally,
  archive,
  archiveRestoreRequest,
  profile,
  sharedArchiveEngine,
  unpack,
} from '../support/archives.ts'
import { tempFolder } from '../support/tenant.ts'
import { pathsBelow, treeOf } from '../support/tree.ts'

const engine = sharedArchiveEngine()
const never = new AbortController().signal
const old = new Date('2020-02-29T12:00:00.000Z')

/** An archive that nobody but us could have made: its manifest fits, whatever is in it. */
async function made(path: string, entries: readonly ArchiveEntry[], appVersion = '1.0.0'): Promise<void> {
  const writer = await zipFormat.create(path, { signal: never })
  const lines: string[] = []
  for (const entry of entries) lines.push(JSON.stringify({ path: entry.path, ...(await writer.add(entry)) }))
  const source = {
    id: 'files',
    kind: 'directory',
    origin: '/srv/app',
    files: 1,
    bytes: 1,
    leftOut: [],
    details: {},
  }
  const text = `{\n"formatVersion": 1,\n"profileId": "made",\n"createdAt": "2026-01-01T00:00:00.000Z",\n"appVersion": ${JSON.stringify(appVersion)},\n"content": "everything",\n"sources": ${JSON.stringify([source])},\n"entries": [\n${lines.join(',\n')}\n]\n}\n`
  await writer.add(file('manifest.json', text))
  await writer.finish()
}

function file(path: string, content: string): ArchiveEntry {
  const open = () => Readable.from([Buffer.from(content)])
  return { kind: 'file', path, mode: 0o644, modifiedAt: '2026-01-01T00:00:00.000Z', sizeBytes: 0, open }
}

const link = (path: string, target: string): ArchiveEntry => ({
  kind: 'link',
  path,
  target,
  mode: 0o777,
  modifiedAt: '2026-01-01T00:00:00.000Z',
})

/** An archive of that folder, and the way back. */
async function archived(files: Parameters<typeof profile>[0], options: Parameters<typeof profile>[1] = {}) {
  const from = await profile(files, options)
  const { name } = (await archive(engine, from)).backup
  return { ...from, name, restore: (more = {}) => unpack(engine, from, { listed: name }, more) }
}

describe('a restore that is cancelled half-way', () => {
  it('says that what it had put back stays, and is finished by the next one', async () => {
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, file) => [`${file}.txt`, 'then']))
    const from = await archived(many)
    for (const path of Object.keys(many)) writeFileSync(from.at(path), 'now')
    const abort = new AbortController()
    const request = archiveRestoreRequest(from, { listed: from.name })
    const restored = engine.restore(
      request,
      archivally({
        signal: abort.signal,
        onProgress: ({ stage }) => stage === 'unpack' && abort.abort(cancelled('admin')),
      }),
    )
    await expect(restored).rejects.toMatchObject({
      code: 'cancelled',
      message: 'Cancelled by admin.',
      hint: expect.stringContaining('What was put back before stays'),
      details: { by: 'admin', partly: 1 },
    })
    for (const path of Object.keys(many)) expect(readFileSync(from.at(path), 'utf8')).toMatch(/^(now|then)$/)
    await from.restore()
    for (const path of Object.keys(many)) expect(readFileSync(from.at(path), 'utf8')).toBe('then')
  })
})

describe('restoring files', () => {
  it('puts back content, modes, times and links, and leaves what else is there', async () => {
    const from = await profile({ 'a.txt': 'a', 'data/b.txt': 'b', 'data/c.txt': 'c', empty: null })
    chmodSync(from.at('a.txt'), 0o600)
    chmodSync(from.at('data'), 0o2770)
    symlinkSync('../a.txt', from.at('data/link'))
    for (const path of ['a.txt', 'data/b.txt', 'data', 'empty']) utimesSync(from.at(path), old, old)
    const before = treeOf(from.root)
    const { name } = (await archive(engine, from)).backup
    chmodSync(from.at('a.txt'), 0o666)
    writeFileSync(from.at('a.txt'), 'changed')
    rmSync(from.at('data'), { recursive: true })
    rmSync(from.at('empty'), { recursive: true })
    writeFileSync(from.at('new.txt'), 'new')
    const result = await unpack(engine, from, { listed: name })
    expect(result).toMatchObject({
      restored: name,
      sources: [{ id: 'files', files: 4, bytes: 3, untouched: [] }],
    })
    expect(treeOf(from.root)).toEqual({ ...before, 'new.txt': expect.stringContaining('new') })
  })

  it('goes elsewhere when it is told to, and needs no profile for that', async () => {
    const from = await archived({ 'a.txt': 'a', 'data/b.txt': 'b' })
    const to = join(await tempFolder(), 'not/there/yet')
    const file = join(from.vault.folder, from.name)
    const { vault } = await profile({})
    await unpack(engine, { vault, sources: [] }, { file }, { sources: [{ id: 'files', config: null, to }] })
    expect(treeOf(to)).toEqual(treeOf(from.root))
  })

  it('goes back to where it was taken from when no profile knows it any more', async () => {
    const from = await archived({ 'a.txt': 'a' })
    rmSync(from.root, { recursive: true })
    await from.restore({ sources: [{ id: 'files', config: null, to: null }] })
    expect(readFileSync(from.at('a.txt'), 'utf8')).toBe('a')
  })

  it('never touches excluded paths, those of now and those of then', async () => {
    const from = await archived(
      { 'a.txt': 'a', 'b.txt': 'b', 'keep/c.txt': 'c', 'WorkDir/d.txt': 'd' },
      { exclude: ['WorkDir/**'] },
    )
    writeFileSync(from.at('WorkDir/d.txt'), 'now')
    writeFileSync(from.at('keep/c.txt'), 'now')
    const config = { ...from.sources[0]!, exclude: ['keep/**'] } as (typeof from.sources)[number]
    const sources = [{ id: 'files', config, to: null }]
    const result = await from.restore({ sources, mirror: true })
    expect(result.sources[0]?.untouched).toEqual([
      { path: 'keep', reason: 'excluded', detail: 'keep/**' },
      { path: 'keep/c.txt', reason: 'excluded', detail: 'keep/**' },
    ])
    expect(readFileSync(from.at('WorkDir/d.txt'), 'utf8')).toBe('now')
    expect(readFileSync(from.at('keep/c.txt'), 'utf8')).toBe('now')
  })

  it('removes what the archive does not have only when it is to be mirrored, and nothing that was left out', async () => {
    const from = await archived({ 'a.txt': 'a', 'data/b.txt': 'b', 'x.tmp': 'x' }, { exclude: ['*.tmp'] })
    mkdirSync(from.at('extra/deep'), { recursive: true })
    mkdirSync(from.at('mixed'))
    for (const path of ['extra/deep/1', 'mixed/2.tmp', 'data/3', '4']) writeFileSync(from.at(path), 'extra')
    writeFileSync(from.at('mixed/keep.tmp'), 'left')
    symlinkSync('/', from.at('extra/root'))
    await from.restore()
    expect(existsSync(from.at('extra/deep/1'))).toBe(true)
    await from.restore({ mirror: true })
    expect(pathsBelow(from.root)).toEqual(['a.txt', 'data', 'data/b.txt', 'x.tmp'].concat([]).sort())
  })

  it('gives a file, a link and an empty folder up for what the archive has there, but no folder with files in it', async () => {
    const from = await archived({ 'a/1.txt': '1', 'b/2.txt': '2', 'c.txt': 'c', 'd.txt': 'd' })
    const outside = await tempFolder()
    for (const path of ['a', 'b']) rmSync(from.at(path), { recursive: true })
    for (const path of ['c.txt', 'd.txt']) unlinkSync(from.at(path))
    writeFileSync(from.at('a'), 'a file')
    symlinkSync(outside, from.at('b'))
    mkdirSync(from.at('c.txt'))
    mkdirSync(from.at('d.txt'))
    writeFileSync(from.at('d.txt/inside'), 'kept')
    const result = await from.restore()
    expect(result.sources[0]?.untouched).toEqual([
      { path: 'd.txt', reason: 'in-the-way', detail: 'a folder that is not empty' },
    ])
    expect(readFileSync(from.at('b/2.txt'), 'utf8')).toBe('2')
    expect(lstatSync(from.at('b')).isDirectory()).toBe(true)
    expect(readdirSync(outside)).toEqual([])
    expect(readFileSync(from.at('c.txt'), 'utf8')).toBe('c')
    expect(readFileSync(from.at('d.txt/inside'), 'utf8')).toBe('kept')
  })

  it('gives a file the owner of the one that it replaces, or of its folder', async (context) => {
    if (process.getuid?.() !== 0) context.skip('NOT RUN: only root can give a file away')
    const from = await archived({ 'a.txt': 'a', 'data/b.txt': 'b' })
    const { chownSync } = await import('node:fs')
    chownSync(from.at('a.txt'), 1234, 1234)
    unlinkSync(from.at('data/b.txt'))
    chownSync(from.at('data'), 2345, 2345)
    await from.restore()
    expect(statSync(from.at('a.txt')).uid).toBe(1234)
    expect(statSync(from.at('data/b.txt')).uid).toBe(2345)
  })
})

describe('links in an archive', () => {
  it('are put back as links, wherever they lead, and never written through', async () => {
    const outside = await tempFolder()
    const { vault } = await profile({})
    const to = join(await tempFolder(), 'to')
    const path = join(await tempFolder(), 'made.zip')
    await made(path, [link('files/out', outside), link('files/up', '../../..'), file('files/out-b.txt', 'b')])
    await unpack(
      engine,
      { vault, sources: [] },
      { file: path },
      { sources: [{ id: 'files', config: null, to }] },
    )
    expect(readlinkSync(join(to, 'out'))).toBe(outside)
    expect(readlinkSync(join(to, 'up'))).toBe('../../..')
    expect(readFileSync(join(to, 'out-b.txt'), 'utf8')).toBe('b')
    expect(readdirSync(outside)).toEqual([])
  })

  it('replace a file by a link itself and not by what it leads to', async () => {
    const { vault } = await profile({})
    const to = await tempFolder()
    const path = join(await tempFolder(), 'made.zip')
    writeFileSync(join(to, 'other.txt'), 'other')
    symlinkSync('other.txt', join(to, 'a.txt'))
    await made(path, [file('files/a.txt', 'a')])
    await unpack(
      engine,
      { vault, sources: [] },
      { file: path },
      { sources: [{ id: 'files', config: null, to }] },
    )
    expect(lstatSync(join(to, 'a.txt')).isFile()).toBe(true)
    expect(readFileSync(join(to, 'other.txt'), 'utf8')).toBe('other')
  })

  it('make nothing that runs with the rights of its owner', async () => {
    const { vault } = await profile({})
    const to = join(await tempFolder(), 'to')
    const path = join(await tempFolder(), 'made.zip')
    await made(path, [{ ...file('files/sh', '#!'), mode: 0o6755 }])
    await unpack(
      engine,
      { vault, sources: [] },
      { file: path },
      { sources: [{ id: 'files', config: null, to }] },
    )
    expect(statSync(join(to, 'sh')).mode & 0o7777).toBe(0o755)
  })
})

describe('restoring databases', () => {
  function openDatabase(path: string): Database.Database {
    const live = new Database(path)
    live.pragma('journal_mode = WAL')
    return live
  }

  /** An archive with a database in it, and what the database has now, in a log that nobody has brought in. */
  async function withDatabase() {
    const from = await profile({ 'a.txt': 'a' })
    const live = openDatabase(from.at('state.sqlite'))
    live.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('then')")
    live.close()
    const { name } = (await archive(engine, from)).backup
    return { ...from, name, restore: (more = {}) => unpack(engine, from, { listed: name }, more) }
  }

  const notes = (path: string) => {
    const opened = new Database(path)
    try {
      return {
        mode: opened.pragma('journal_mode', { simple: true }),
        rows: opened.prepare('SELECT text FROM notes').pluck().all(),
      }
    } finally {
      opened.close()
    }
  }

  it('never blends the log of a killed application into what was restored', async () => {
    const from = await withDatabase()
    const live = openDatabase(from.at('state.sqlite'))
    live.exec("INSERT INTO notes VALUES ('now')")
    for (const end of ['', '-wal']) {
      writeFileSync(from.at(`killed${end}`), readFileSync(from.at(`state.sqlite${end}`)))
    }
    live.close()
    for (const end of ['', '-wal']) {
      writeFileSync(from.at(`state.sqlite${end}`), readFileSync(from.at(`killed${end}`)))
    }
    await from.restore()
    expect(existsSync(from.at('state.sqlite-wal'))).toBe(false)
    expect(notes(from.at('state.sqlite'))).toEqual({ mode: 'wal', rows: ['then'] })
  })

  it('refuses one that a process has open, names it, and changes none of it', async () => {
    const from = await withDatabase()
    const live = openDatabase(from.at('state.sqlite'))
    onTestFinished(() => void live.close())
    live.exec("INSERT INTO notes VALUES ('now')")
    writeFileSync(from.at('a.txt'), 'now')
    await expect(from.restore()).rejects.toMatchObject({
      code: 'database-in-use',
      message: expect.stringContaining(`${process.pid}`),
    })
    expect(live.prepare('SELECT text FROM notes').pluck().all()).toEqual(['then', 'now'])
    expect(readFileSync(from.at('a.txt'), 'utf8')).toBe('now')
  })

  it('never lays a log of then beside a database of now', async () => {
    const from = await archived({ 'state.sqlite-wal': 'a log without its database', 'a.txt': 'a' })
    const live = openDatabase(from.at('state.sqlite'))
    live.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('now')")
    live.close()
    const { sources } = await from.restore()
    expect(sources[0]?.untouched).toEqual([{ path: 'state.sqlite-wal', reason: 'part-of-database' }])
    expect(notes(from.at('state.sqlite')).rows).toEqual(['now'])
  })

  it('replaces a link to one by the database itself, and leaves the other alone', async () => {
    const from = await withDatabase()
    const other = join(await tempFolder(), 'other.sqlite')
    const live = openDatabase(other)
    live.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('other')")
    live.close()
    unlinkSync(from.at('state.sqlite'))
    symlinkSync(other, from.at('state.sqlite'))
    await from.restore()
    expect(lstatSync(from.at('state.sqlite')).isFile()).toBe(true)
    expect(notes(from.at('state.sqlite')).rows).toEqual(['then'])
    expect(notes(other).rows).toEqual(['other'])
  })

  it('restores one that is broken now, and one that is gone', async () => {
    const from = await withDatabase()
    writeFileSync(from.at('state.sqlite'), 'no database any more')
    writeFileSync(from.at('state.sqlite-wal'), 'neither')
    await from.restore()
    expect(notes(from.at('state.sqlite')).rows).toEqual(['then'])
    unlinkSync(from.at('state.sqlite'))
    await from.restore()
    expect(notes(from.at('state.sqlite'))).toEqual({ mode: 'wal', rows: ['then'] })
  })
})

describe('the version of the application', () => {
  it.each(['0.9.0', '1.0.1', '2.0.0'])(
    'must be the same: %s is refused with both named',
    async (appVersion) => {
      const from = await archived({ 'a.txt': 'a' })
      writeFileSync(from.at('a.txt'), 'now')
      await expect(from.restore({ appVersion })).rejects.toMatchObject({
        code: 'other-version',
        details: { backup: '1.0.0', running: appVersion },
      })
      expect(readFileSync(from.at('a.txt'), 'utf8')).toBe('now')
      await from.restore({ appVersion, anyVersion: true })
      expect(readFileSync(from.at('a.txt'), 'utf8')).toBe('a')
    },
  )

  it('does not count where nobody knows it', async () => {
    const from = await archived({ 'a.txt': 'a' })
    await expect(from.restore({ appVersion: null })).resolves.toMatchObject({ restored: from.name })
  })
})

describe('what can’t be restored is refused before anything is changed', () => {
  it.each([
    ['a source that is not in it', { sources: [{ id: 'other', config: null, to: null }] }],
    [
      'a source that is of another kind now',
      { sources: [{ id: 'files', config: { id: 'files', kind: 'sqlite', path: '/x' }, to: null }] },
    ],
  ])('%s', async (_, more) => {
    const from = await archived({ 'a.txt': 'a' })
    await expect(from.restore(more)).rejects.toMatchObject({ code: 'invalid-request' })
  })

  it('a target that lies where backups are kept', async () => {
    const from = await archived({ 'a.txt': 'a' })
    const to = join(from.vault.folder, 'inside')
    mkdirSync(to)
    await expect(
      from.restore({ sources: [{ id: 'files', config: from.sources[0], to }] }),
    ).rejects.toMatchObject({
      code: 'source-unsafe',
    })
    expect(readdirSync(to)).toEqual([])
  })

  it('an archive whose content is not what its manifest says', async () => {
    const { vault } = await profile({})
    const to = join(await tempFolder(), 'to')
    const path = join(await tempFolder(), 'made.zip')
    const writer = await zipFormat.create(path, { signal: never })
    const stored = await writer.add(file('files/a.txt', 'a'))
    const source = {
      id: 'files',
      kind: 'directory',
      origin: '/srv',
      files: 1,
      bytes: 1,
      leftOut: [],
      details: {},
    }
    const entry = { path: 'files/a.txt', sizeBytes: stored.sizeBytes, sha256: '0'.repeat(64) }
    await writer.add(
      file(
        'manifest.json',
        `{\n"formatVersion": 1,\n"profileId": "p",\n"createdAt": "2026-01-01T00:00:00.000Z",\n"appVersion": null,\n"content": "everything",\n"sources": ${JSON.stringify([source])},\n"entries": [\n${JSON.stringify(entry)}\n]\n}\n`,
      ),
    )
    await writer.finish()
    const sources = [{ id: 'files', config: null, to }]
    await expect(unpack(engine, { vault, sources: [] }, { file: path }, { sources })).rejects.toMatchObject({
      code: 'proof-failed',
    })
    expect(existsSync(to)).toBe(false)
  })
})

it('restores an archive of format version 1 as it was kept', async () => {
  const kept = fileURLToPath(new URL('../fixtures/archive-v1.zip', import.meta.url))
  const to = join(await tempFolder(), 'to')
  const vault = archiveVault(join(await tempFolder(), 'archives'))
  const sources = ['files', 'state'].map((id) => ({
    id,
    config: null,
    to: join(to, id === 'files' ? '' : 'state.sqlite'),
  }))
  const result = await unpack(
    engine,
    { vault, sources: [] },
    { file: kept },
    { sources, appVersion: '4.2.0' },
  )
  expect(result.sources.map(({ id, files }) => [id, files])).toEqual([
    ['files', 4],
    ['state', 1],
  ])
  expect(readFileSync(join(to, 'config/settings.json'), 'utf8')).toBe('{ "answer": 42 }\n')
  expect(statSync(join(to, 'config/settings.json')).mode & 0o777).toBe(0o640)
  expect(statSync(join(to, 'config/settings.json')).mtime.toISOString()).toBe('2026-01-02T03:04:05.000Z')
  expect(readlinkSync(join(to, 'current'))).toBe('config')
  expect(readFileSync(join(to, 'ünïcödé.txt'), 'utf8')).toBe('Grüße\n')
  for (const path of ['orders.sqlite', 'state.sqlite']) {
    const database = new Database(join(to, path))
    expect(database.prepare('SELECT text FROM notes').pluck().all()).toEqual(['kept', 'in version 1'])
    database.close()
  }
})
