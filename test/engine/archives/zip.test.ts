import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  createReadStream,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import type { ArchiveReader } from '../../../src/engine/archive.ts'
import { centralHeader, endRecords, localHeader } from '../../../src/engine/archives/zip/headers.ts'
import { zipFormat } from '../../../src/engine/archives/zip/zip-format.ts'
import { addTree, differences, pathsBelow, type Taken } from '../../support/packed-tree.ts'
import {
  complaintsOf,
  listing,
  missingUnpacker,
  type Unpacker,
  unpack,
  unpackers,
} from '../../support/unpackers.ts'

const gibibyte = 1024 ** 3
const signal = new AbortController().signal
const limits = { maxEntries: 1_000_000, maxBytes: 2 ** 44 }
const modifiedAt = '2024-02-29T12:34:56.000Z'
const full = process.env.ARCHIVES === 'full'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-zip-'))
  path = join(folder, 'archive.zip')
})

afterEach(() => {
  execFileSync('chmod', ['-R', 'u+rwX', folder])
  rmSync(folder, { recursive: true, force: true })
})

const create = () => zipFormat.create(path, { signal })
const open = () => zipFormat.open(path, { signal, limits })

function file(name: string, bytes: Buffer) {
  const base = { path: name, mode: 0o640, modifiedAt, sizeBytes: bytes.length }
  return { ...base, kind: 'file', open: () => Readable.from([bytes]) } as const
}

/** Skips the test where one of them is missing. */
function need(context: TestContext, ...programs: readonly Unpacker[]): void {
  for (const program of programs) {
    const missing = missingUnpacker(program)
    if (missing !== null) context.skip(missing)
  }
}

async function packTree(root: string, taken: Taken = {}): Promise<number> {
  const writer = await create()
  const count = await addTree(writer, root, { id: 'app', ...taken })
  await writer.add(file('manifest.json', Buffer.from('{}')))
  await writer.finish()
  return count + 1
}

/** Of everything that the tests know to be hard: names, modes, times, links, sizes around every limit. */
function makeTree(): string {
  const root = join(folder, 'tree')
  mkdirSync(join(root, 'deep/er/and/deeper'), { recursive: true })
  mkdirSync(join(root, 'empty'))
  for (const size of [0, 1, 262_143, 262_144, 262_145, 1_048_576, 1_048_577, 3_000_000]) {
    writeFileSync(join(root, `random-${size}`), randomBytes(size))
    writeFileSync(join(root, `text-${size}`), Buffer.alloc(size, `all work and no play ${size}\n`))
  }
  // What shrinks, what does not and what shrinks again: pieces of both kinds in one file.
  const mixed = [Buffer.alloc(1_500_000, 'abc'), randomBytes(1_500_000), Buffer.alloc(1_500_000, 'xyz')]
  writeFileSync(join(root, 'mixed'), Buffer.concat(mixed))
  writeFileSync(join(root, 'ü € 𝄞 名前.txt'), 'names')
  writeFileSync(join(root, 'x'.repeat(255)), 'long')
  writeFileSync(join(root, 'deep/er/and/deeper/:*?"<>|'), 'odd')
  symlinkSync('../../etc/passwd', join(root, 'climbing'))
  symlinkSync('ü € 𝄞 名前.txt', join(root, 'link'))
  symlinkSync('nowhere', join(root, 'deep/dangling'))
  chmodSync(join(root, 'text-1'), 0o400)
  chmodSync(join(root, 'random-1'), 0o751)
  chmodSync(join(root, 'empty'), 0o700)
  for (const [name, time] of [
    ['text-1', '1985-10-26T01:21:00Z'],
    ['random-1', '2037-12-31T23:59:59Z'],
    ['mixed', '1999-12-31T23:59:59Z'],
    ['empty', '2001-01-01T00:00:01Z'],
  ] as const)
    utimesSync(join(root, name), new Date(time), new Date(time))
  return root
}

describe('a ZIP archive', () => {
  it.for(unpackers)('passes the test of %s', async (program, context) => {
    need(context, program)
    await packTree(makeTree())
    expect(complaintsOf(program, path)).toBe('')
  })

  it.for(['unzip', 'bsdtar'] as const)(
    'comes out of %s as it went in: bytes, modes, times, links',
    async (program, context) => {
      need(context, program)
      const root = makeTree()
      const count = await packTree(root)
      const target = join(folder, 'target')
      mkdirSync(target)
      expect(unpack(program, path, target)).toBe('')
      expect(differences(join(target, 'app'), root)).toEqual([])
      expect(pathsBelow(target)).toHaveLength(count + 1)
    },
  )

  it('can be read without its directory, from a pipe', async (context) => {
    need(context, 'bsdtar')
    const count = await packTree(makeTree())
    const listed = execFileSync('sh', ['-c', 'cat "$1" | bsdtar -tf -', 'sh', path], { encoding: 'utf8' })
    expect(listed.trim().split('\n')).toHaveLength(count)
  })

  it.for([
    { which: 'the small files of', maxFileBytes: 4 * 1024 },
    { which: 'all of', maxFileBytes: Number.POSITIVE_INFINITY },
  ])(
    'holds $which this project’s own packages',
    { timeout: 300_000 },
    async ({ which, maxFileBytes }, context) => {
      if (which === 'all of') onlyInFull(context)
      need(context, 'unzip')
      const count = await packTree(packages, { maxFileBytes, except: caches })
      expect(count).toBeGreaterThan(2_000)
      expect(complaintsOf('unzip', path)).toBe('')
      const target = join(folder, 'target')
      expect(unpack('unzip', path, target)).toBe('')
      expect(differences(join(target, 'app'), packages)).toEqual([])
      expect(listing('unzip', path)).toHaveLength(count)
    },
  )

  it('holds more than 65,535 entries', async (context) => {
    const count = 66_000
    const writer = await create()
    for (let done = 0; done < count; done += 500) {
      const some = Array.from({ length: 500 }, (_, index) => file(`app/${done + index}`, Buffer.alloc(0)))
      await Promise.all(some.map((one) => writer.add(one)))
    }
    await writer.finish()
    const reader = await open()
    expect(reader.entries).toHaveLength(count)
    await reader.close()
    need(context, 'unzip', '7z')
    expect(listing('unzip', path)).toHaveLength(count)
    expect(complaintsOf('7z', path)).toBe('')
  })

  it('reads and shows what lies beyond 4 GiB', async (context) => {
    const [large, beyond] = await sparseArchive(5 * gibibyte)
    const reader = await open()
    expect(reader.entries.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['app/large', 5 * gibibyte],
      ['app/beyond', 7],
    ])
    expect(await contentOf(reader, 1)).toEqual(beyond)
    await reader.close()
    expect(statSync(path).size).toBeGreaterThan(large)
    need(context, 'unzip', 'bsdtar', '7z')
    expect(execFileSync('unzip', ['-p', path, 'app/beyond'])).toEqual(beyond)
    expect(execFileSync('7z', ['x', '-so', path, 'app/beyond'])).toEqual(beyond)
    expect(listing('bsdtar', path)).toEqual(['app/large', 'app/beyond'])
  })

  it('holds a file of more than 4 GiB, and more than 4 GiB altogether', async (context) => {
    onlyInFull(context)
    const source = join(folder, 'sparse')
    const fd = openSync(source, 'w')
    ftruncateSync(fd, 4.5 * gibibyte)
    closeSync(fd)
    const writer = await create()
    const sparse = { ...file('app/sparse', Buffer.alloc(0)), open: () => createReadStream(source) }
    const { sizeBytes } = await writer.add(sparse)
    const noise = randomBytes(64 * 1024 * 1024)
    for (let number = 0; number < 68; number++)
      await writer.add({ ...file(`app/noise-${number}`, noise), open: () => Readable.from(inChunks(noise)) })
    await writer.add(file('app/last', Buffer.from('last')))
    expect(sizeBytes).toBe(4.5 * gibibyte)
    expect(await writer.finish()).toBeGreaterThan(4 * gibibyte)
    const reader = await open()
    expect(await contentOf(reader, 69)).toEqual(Buffer.from('last'))
    await reader.close()
    for (const program of unpackers) {
      need(context, program)
      expect(complaintsOf(program, path)).toBe('')
    }
  }, 600_000)

  it('is read when another program made it', async (context) => {
    const root = makeTree()
    rmSync(join(root, 'deep/er/and/deeper/:*?"<>|'))
    for (const [command, ...args] of [
      ['bsdtar', '--format', 'zip', '-cf', path, '-C', folder, 'tree'],
      ['7z', 'a', '-tzip', '-mcu=on', '-snl', path, root],
    ] as const) {
      need(context, command)
      execFileSync(command, args)
      const reader = await open()
      for (const entry of reader.entries.filter(({ kind }) => kind === 'file')) {
        const bytes = Buffer.concat(await (await entry.open()).toArray())
        expect(bytes.equals(readFileSync(join(folder, entry.path)))).toBe(true)
      }
      expect(reader.entries).toHaveLength(pathsBelow(root).length + 1)
      await reader.close()
      rmSync(path)
    }
  })

  it('stores what does not shrink, and deflates what does', async () => {
    await packTree(makeTree())
    const packed = statSync(path).size
    const random = 262_143 + 262_144 + 262_145 + 1_048_576 + 1_048_577 + 3_000_000 + 1_500_000
    expect(packed).toBeGreaterThan(random)
    expect(packed).toBeLessThan(random * 1.01 + 60_000)
  })

  it('tells of names that some file systems take for the same', async () => {
    const writer = await create()
    const names = ['app/\u00e9', 'app/e\u0301', 'app/e', 'app/\u212a', 'app/K']
    for (const name of names) await writer.add(file(name, Buffer.from(name)))
    await writer.finish()
    const reader = await open()
    expect(reader.lookAlikes).toEqual([
      ['app/\u00e9', 'app/e\u0301'],
      ['app/\u212a', 'app/K'],
    ])
    await reader.close()
  })

  it('says so when the disk is full, to everyone who waits, and closes its file', async (context) => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'pipe' })
    } catch (error) {
      context.skip(`NOT RUN: a file system can't be mounted here: ${error}`)
    }
    try {
      const writer = await zipFormat.create(join(disk, 'archive.zip'), { signal })
      const noise = randomBytes(1024 * 1024)
      const adding = Array.from({ length: 8 }, (_, index) => writer.add(file(`app/${index}`, noise)))
      const ends = await Promise.allSettled([...adding, writer.finish()])
      expect(ends.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'disk-full' } })
      await writer.abort()
    } finally {
      // Fails when something is still open there.
      execFileSync('umount', [disk])
    }
  })
})

/** What tools write there, also while the tests run. */
const caches = /^\.(?!bin)/
const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url))

function onlyInFull(context: TestContext): void {
  if (!full) context.skip('NOT RUN: takes more than ten seconds; `npm run test:archives` runs it')
}

/** An archive with a hole for a large file: what it says is what a full one would say, and it takes no space. */
async function sparseArchive(bytes: number): Promise<readonly [number, Buffer]> {
  const content = Buffer.from('beyond\n')
  const described = { kind: 'file', mode: 0o644, modified: new Date(modifiedAt), method: 0 } as const
  const sizes = { crc: 0, sizeBytes: bytes, compressedBytes: bytes }
  const large = { ...described, ...sizes, path: 'app/large' }
  const small = { crc: crc32(content), sizeBytes: content.length, compressedBytes: content.length }
  const beyond = { ...described, ...small, path: 'app/beyond' }
  const head = localHeader(large, 'wide')
  const at = head.length + bytes
  const second = Buffer.concat([localHeader(beyond, 'exact'), content])
  const directory = Buffer.concat([centralHeader(large, 0), centralHeader(beyond, at)])
  const end = endRecords({ entries: 2, position: at + second.length, bytes: directory.length })
  const fd = openSync(path, 'w')
  writeSync(fd, head, 0, head.length, 0)
  writeSync(fd, Buffer.concat([second, directory, end]), 0, undefined, at)
  closeSync(fd)
  return [bytes, content]
}

async function contentOf(reader: ArchiveReader, index: number): Promise<Buffer> {
  return Buffer.concat(await (await reader.entries[index]!.open()).toArray())
}

function* inChunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 256 * 1024) yield bytes.subarray(at, at + 256 * 1024)
}
