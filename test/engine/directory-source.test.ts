import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sourceOf, take, tree } from '../support/directories.ts'
import { plainFormat } from '../support/plain-format.ts'
import { tempFolder } from '../support/tenant.ts'

const megabyte = 1024 * 1024
const large = Buffer.alloc(3 * megabyte, 'large ')
const never = new AbortController().signal

/** What the archive has under that path. */
async function contentIn(path: string, archive: string): Promise<Buffer> {
  const reader = await plainFormat.open(archive, {
    signal: never,
    limits: { maxEntries: 1e6, maxBytes: 1e12 },
  })
  const entry = reader.entries.find((one) => one.path === `files/${path}`)
  const pieces: Buffer[] = []
  for await (const piece of await entry!.open()) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

describe('a file that changes while it is read', () => {
  it.each([
    ['grows', (path: string) => appendFileSync(path, 'more')],
    ['shrinks', (path: string) => truncateSync(path, 2 * megabyte)],
    ['is written anew', (path: string) => writeFileSync(path, Buffer.alloc(large.length, 'other '))],
  ])('and %s each time is there as it was read last, and listed', async (_, change) => {
    const from = await tree({ 'log.txt': large, 'z.txt': 'after it' })
    let tries = 0
    const { paths, leftOut, path } = await take(from, (name) => {
      if (name !== 'log.txt') return
      tries++
      change(from.at(name))
    })
    expect(tries).toBe(3)
    expect(leftOut).toEqual([{ path: 'log.txt', reason: 'changed' }])
    expect(paths).toContain('z.txt')
    expect((await contentIn('log.txt', path)).length).toBeGreaterThanOrEqual(2 * megabyte)
  })

  it('is read again, and not listed when it stays the same then', async () => {
    const from = await tree({ 'log.txt': large })
    let tries = 0
    const { leftOut, path } = await take(from, (name) => {
      if (name === 'log.txt' && ++tries === 1) appendFileSync(from.at(name), 'the end')
    })
    expect(tries).toBe(2)
    expect(leftOut).toEqual([])
    expect((await contentIn('log.txt', path)).toString().endsWith('the end')).toBe(true)
  })

  it('and never stops growing comes to an end: what it had when it was opened is read', async () => {
    const from = await tree({ 'log.txt': large })
    let growing = true
    const grow = () => {
      appendFileSync(from.at('log.txt'), large)
      if (growing) setImmediate(grow)
    }
    const { leftOut } = await take(from, (name) => {
      if (name === 'log.txt' && growing)
        setTimeout(() => {
          growing = false
        }, 150)
      if (name === 'log.txt') grow()
    })
    growing = false
    expect(leftOut).toEqual([{ path: 'log.txt', reason: 'changed' }])
  })

  it('is not read again when it is so large that this would cost too much', async () => {
    const from = await tree({ 'huge.img': '' })
    truncateSync(from.at('huge.img'), 65 * megabyte)
    let tries = 0
    const { leftOut } = await take(from, (name) => {
      if (name !== 'huge.img') return
      tries++
      appendFileSync(from.at(name), 'x')
    })
    expect(tries).toBe(1)
    expect(leftOut).toEqual([{ path: 'huge.img', reason: 'changed' }])
  })
})

describe('what vanishes meanwhile is listed', () => {
  it('as a file', async () => {
    const from = await tree({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    const { paths, leftOut } = await take(from, (name) => name === 'a.txt' && unlinkSync(from.at('b.txt')))
    expect(paths).toEqual(['', 'a.txt', 'c.txt'])
    expect(leftOut).toEqual([{ path: 'b.txt', reason: 'vanished' }])
  })

  it('as a folder with what was in it', async () => {
    const from = await tree({ 'a/1.txt': '1', 'a/2.txt': '2', 'b/3.txt': '3', 'c.txt': 'c' })
    const { paths, leftOut } = await take(from, (name) => {
      if (name !== 'a/1.txt') return
      for (const folder of ['a', 'b']) rmSync(from.at(folder), { recursive: true })
    })
    expect(paths).toEqual(['', 'a', 'a/1.txt', 'c.txt'])
    expect(leftOut.map(({ path, reason }) => `${path} ${reason}`)).toEqual(['a/2.txt vanished', 'b vanished'])
  })
})

describe('what is no plain file', () => {
  it('is listed and never opened: pipes, sockets and devices', async () => {
    const from = await tree({ 'file.txt': 'text' })
    execFileSync('mkfifo', [from.at('pipe')])
    const server = createServer()
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => void server.listen(from.at('socket'), resolve))
    const expected = [
      { path: 'pipe', reason: 'special-file', detail: 'a pipe' },
      { path: 'socket', reason: 'special-file', detail: 'a socket' },
    ]
    if (process.getuid?.() === 0) {
      execFileSync('mknod', [from.at('device'), 'c', '1', '5'])
      expected.unshift({ path: 'device', reason: 'special-file', detail: 'a device' })
    }
    const { paths, leftOut } = await take(from)
    expect(paths).toEqual(['', 'file.txt'])
    expect(leftOut).toEqual(expected)
  })

  it('is stored as a link when it is one, wherever it leads, and never followed', async () => {
    const outside = join(await tempFolder(), 'secret.txt')
    writeFileSync(outside, 'secret')
    const from = await tree({ 'folder/file.txt': 'text' })
    symlinkSync(outside, from.at('absolute'))
    symlinkSync('..', from.at('folder/up'))
    symlinkSync('loop-b', from.at('loop-a'))
    symlinkSync('loop-a', from.at('loop-b'))
    symlinkSync('nowhere', from.at('dangling'))
    const { added, leftOut } = await take(from)
    const links = added.flatMap((entry) =>
      entry.kind === 'link' ? [`${entry.path} -> ${entry.target}`] : [],
    )
    expect(links).toEqual([
      `files/absolute -> ${outside}`,
      'files/dangling -> nowhere',
      'files/folder/up -> ..',
      'files/loop-a -> loop-b',
      'files/loop-b -> loop-a',
    ])
    expect(added.filter(({ kind }) => kind === 'file')).toHaveLength(1)
    expect(leftOut).toEqual([])
  })

  it('is not reached through a folder that is swapped for a link meanwhile', async () => {
    const outside = await tempFolder()
    writeFileSync(join(outside, '2.txt'), 'secret')
    const from = await tree({ 'a/1.txt': 'mine', 'a/2.txt': 'mine' })
    const { path } = await take(from, (name) => {
      if (name !== 'a/1.txt') return
      renameSync(from.at('a'), from.at('moved'))
      symlinkSync(outside, from.at('a'))
    })
    expect((await contentIn('a/2.txt', path)).toString()).toBe('mine')
  })

  it('has several names and is stored under each', async () => {
    const from = await tree({ 'one.txt': 'text' })
    linkSync(from.at('one.txt'), from.at('two.txt'))
    expect((await take(from)).paths).toEqual(['', 'one.txt', 'two.txt'])
  })
})

describe('names', () => {
  it('may have 255 bytes, and every letter that there is', async () => {
    const long = `${'ü'.repeat(127)}x`
    const names = [long, 'line\nbreak', ' space ', '-rf', '~', 'C:', '"quoted"', '…']
    const from = await tree(Object.fromEntries(names.map((name) => [name, name])))
    expect(Buffer.byteLength(long)).toBe(255)
    const { paths, leftOut } = await take(from)
    expect(paths).toEqual(expect.arrayContaining(names))
    expect(leftOut).toEqual([])
  })

  it('that differ in their case or composition only are two', async () => {
    const names = ['Größe', 'Größe'.normalize('NFD'), 'readme', 'README']
    const from = await tree(Object.fromEntries(names.map((name) => [name, name])))
    const { paths, path } = await take(from)
    expect(paths).toEqual(expect.arrayContaining(names))
    for (const name of names) expect((await contentIn(name, path)).toString()).toBe(name)
  })

  it('that are no UTF-8 are listed, with what lies below them', async () => {
    const from = await tree({ 'good.txt': 'good' })
    const bad = Buffer.concat([Buffer.from(`${from.root}/bad-`), Buffer.from([0xff, 0xfe])])
    writeFileSync(bad, 'bad')
    const folder = Buffer.concat([Buffer.from(`${from.root}/folder-`), Buffer.from([0xe9])])
    mkdirSync(folder)
    writeFileSync(Buffer.concat([folder, Buffer.from('/inside.txt')]), 'inside')
    symlinkSync(Buffer.from([0xff]), from.at('link'))
    const { paths, leftOut } = await take(from)
    expect(paths).toEqual(['', 'good.txt'])
    expect(leftOut.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'bad-\ufffd\ufffd unusable-name',
      'folder-\ufffd unusable-name',
      'link unusable-name',
    ])
  })
})

describe('exclusions', () => {
  const files = {
    'WorkDir/a/b.bin': 'x',
    'WorkDir.txt': 'x',
    'cache/x.tmp': 'x',
    '.hidden.tmp': 'x',
    'keep/y.txt': 'x',
  }

  it('leave out what a pattern says, and list a whole folder once', async () => {
    const from = await tree(files, { exclude: ['WorkDir/**', '**/*.tmp'] })
    const { paths, leftOut } = await take(from)
    expect([...paths].sort()).toEqual(['', 'WorkDir.txt', 'cache', 'keep', 'keep/y.txt'])
    expect(leftOut).toEqual([
      { path: '.hidden.tmp', reason: 'excluded', detail: '**/*.tmp' },
      { path: 'WorkDir', reason: 'excluded', detail: 'WorkDir/**' },
      { path: 'cache/x.tmp', reason: 'excluded', detail: '**/*.tmp' },
    ])
  })

  it('always leave out where backups lie, by whatever path it is named', async () => {
    const from = await tree({ 'data/backups/old.zip': 'x', 'data/a.txt': 'a' })
    const byLink = join(await tempFolder(), 'link')
    symlinkSync(from.at('data/backups'), byLink)
    const { paths, leftOut } = await take({ source: sourceOf(from.root, { alwaysExclude: [byLink] }) })
    expect(paths).toEqual(['', 'data', 'data/a.txt'])
    expect(leftOut).toEqual([{ path: 'data/backups', reason: 'excluded', detail: 'backups lie there' }])
  })

  it('refuse a folder of which nothing would be left', async () => {
    const from = await tree({ 'backups/inside/a.txt': 'a' })
    const source = sourceOf(from.at('backups/inside'), { alwaysExclude: [from.at('backups')] })
    await expect(source.measure({ signal: never })).rejects.toMatchObject({ code: 'source-unsafe' })
  })

  it('are measured like what is taken, with the largest folders first', async () => {
    const from = await tree(
      { 'big/a': Buffer.alloc(5_000), 'big/b/c': Buffer.alloc(5_000), 'small/d': 'd', 'e.tmp': 'e', f: 'f' },
      { exclude: ['*.tmp'] },
    )
    expect(await from.source.measure({ signal: never })).toEqual({
      files: 4,
      bytes: 10_002,
      largest: [
        { path: 'big', bytes: 10_000 },
        { path: 'small', bytes: 1 },
      ],
      scratchBytes: 0,
    })
  })
})

describe('a database on the way', () => {
  function openDatabase(path: string, mode = 'WAL'): Database.Database {
    const live = new Database(path)
    onTestFinished(() => void live.close())
    live.pragma(`journal_mode = ${mode}`)
    live.exec('CREATE TABLE notes (text TEXT)')
    return live
  }

  it('is there as one commit with all that lies in its log, and what lies beside it is not', async () => {
    const from = await tree({ 'a.txt': 'a', 'z.txt': 'z' })
    const live = openDatabase(from.at('live.db'))
    const insert = live.prepare('INSERT INTO notes VALUES (?)')
    for (let count = 0; count < 500; count++) insert.run(`note ${count}`)
    const size = await from.source.measure({ signal: never })
    const bytes = statSync(from.at('live.db')).size + statSync(from.at('live.db-wal')).size
    const { path, leftOut, report } = await take(from, (name) => name === 'a.txt' && insert.run('one more'))
    const copy = new Database(await contentIn('live.db', path))
    expect(copy.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(501)
    copy.close()
    expect(leftOut).toEqual([
      { path: 'live.db-shm', reason: 'part-of-database' },
      { path: 'live.db-wal', reason: 'part-of-database' },
    ])
    expect(report.details.databases).toMatchObject([{ path: 'live.db', journalMode: 'wal', rows: 501 }])
    expect(size).toMatchObject({ files: 3, bytes: bytes + 2, scratchBytes: bytes })
    expect(lstatSync(from.at('live.db-wal')).size).toBeGreaterThan(0)
    insert.run('still working')
  })

  it('is there as the bytes that lie there when it is damaged, and listed, with what lies beside it', async () => {
    const from = await tree()
    const live = openDatabase(from.at('bad.db'), 'DELETE')
    live.exec("INSERT INTO notes VALUES ('text')")
    live.close()
    const fd = statSync(from.at('bad.db'))
    writeFileSync(from.at('bad.db'), Buffer.alloc(fd.size - 100, 0xab), { flag: 'r+', flush: true })
    writeFileSync(from.at('bad.db'), 'SQLite format 3\0', { flag: 'r+' })
    writeFileSync(from.at('bad.db-wal'), 'something')
    const { paths, leftOut, path } = await take(from)
    expect(leftOut).toMatchObject([{ path: 'bad.db', reason: 'broken-database' }])
    expect(paths).toEqual(['', 'bad.db', 'bad.db-wal'])
    expect((await contentIn('bad.db', path)).length).toBe(fd.size)
  })

  it('is listed with the reason when it stays locked', async () => {
    const from = await tree({ 'z.txt': 'z' })
    const live = openDatabase(from.at('locked.db'), 'DELETE')
    live.exec('BEGIN EXCLUSIVE')
    const { paths, leftOut } = await take(from)
    expect(paths).toEqual(['', 'z.txt'])
    expect(leftOut).toMatchObject([
      { path: 'locked.db', reason: 'unreadable', detail: expect.stringContaining('locked') },
    ])
  })
})

describe('what may not be read', () => {
  const isRoot = process.getuid?.() === 0

  it.skipIf(!isRoot)(
    'is listed for a user who is not root (NOT RUN unless root can become one)',
    async () => {
      const from = await tree({ 'open.txt': 'o', 'closed.txt': 'c', 'shut/inside.txt': 'i' })
      chmodSync(join(from.root, '..'), 0o755)
      chmodSync(from.at('closed.txt'), 0o600)
      chmodSync(from.at('shut'), 0o700)
      const script = new URL('../support/pour-as-nobody.ts', import.meta.url).pathname
      const output = execFileSync(process.execPath, [script, from.root], { encoding: 'utf8' })
      expect(JSON.parse(output)).toEqual({
        paths: ['files', 'files/open.txt'],
        leftOut: [
          { path: 'closed.txt', reason: 'unreadable', detail: 'EACCES' },
          { path: 'shut', reason: 'unreadable', detail: 'EACCES' },
        ],
      })
    },
  )

  it.skipIf(!isRoot)('fails the measuring when it is the folder itself', async () => {
    const from = await tree({ 'a.txt': 'a' })
    chmodSync(join(from.root, '..'), 0o755)
    chmodSync(from.root, 0o700)
    const script = new URL('../support/pour-as-nobody.ts', import.meta.url).pathname
    const output = execFileSync(process.execPath, [script, from.root], { encoding: 'utf8' })
    expect(JSON.parse(output)).toMatchObject({ error: { code: 'source-unsafe', hint: /right to read/ } })
  })
})

it('keeps no more than a few files and folders open, however many there are', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, count) => [`f${count % 7}/${count}.txt`, `${count}`]),
  )
  const from = await tree(files)
  let most = 0
  const { paths } = await take(from, () => {
    most = Math.max(most, readdirSync('/proc/self/fd').length)
  })
  expect(paths.filter((path) => path.endsWith('.txt'))).toHaveLength(300)
  expect(most).toBeLessThan(80)
})

it('takes the same bytes that lie there', async () => {
  const content = Buffer.from(Array.from({ length: 2_500_000 }, (_, index) => (index * 7) & 0xff))
  const from = await tree({ 'random.bin': content, empty: '' })
  const { path } = await take(from)
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  expect(hash(await contentIn('random.bin', path))).toBe(hash(content))
  expect((await contentIn('empty', path)).length).toBe(0)
})
