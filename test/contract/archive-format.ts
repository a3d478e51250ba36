/** What every kind of archive promises. Called by the tests of each, with nothing but the format itself. */
import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  ArchiveEntry,
  ArchiveFormat,
  ArchiveReader,
  ArchiveWriter,
  ReadableEntry,
  StoredEntry,
} from '../../src/engine/archive.ts'
import type { BackupError } from '../../src/engine/errors.ts'
import { until } from '../support/processes.ts'

const mebibyte = 1024 * 1024
const modifiedAt = '2024-02-29T12:34:56.000Z'
const plenty = { maxEntries: 1_000_000, maxBytes: 2 ** 40 }

/** A name of every kind that an archive has to keep as it is. */
const awkwardPaths = [
  'app/ü€𝄞/名前.txt',
  'app/a b.txt',
  'app/a:b',
  'app/-r',
  'app/ leading',
  'app/quote"\'`$.txt',
]

export function describeArchiveFormat(name: string, format: ArchiveFormat): void {
  describe(`the archive format ${name}`, () => {
    let folder: string
    let path: string

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'backup-archive-'))
      path = join(folder, `archive${format.ending}`)
    })

    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    const create = (signal = never()) => format.create(path, { signal })
    const open = (limits = plenty) => format.open(path, { signal: never(), limits })

    async function packed(entries: readonly ArchiveEntry[]): Promise<StoredEntry[]> {
      const writer = await create()
      const stored = await Promise.all(entries.map((entry) => writer.add(entry)))
      expect(await writer.finish()).toBe(readFileSync(path).length)
      return stored
    }

    it('gives back what it took: files of any size, folders, links, modes and times', async () => {
      const contents = [0, 1, 1000, 256 * 1024, mebibyte, mebibyte + 1, 3 * mebibyte + 17].flatMap((size) => [
        text(size),
        randomBytes(size),
      ])
      const files = contents.map((bytes, index) => file(`app/files/${index}`, bytes, { mode: 0o600 + index }))
      const folderEntry = { ...base('app/empty', 0o1750), kind: 'folder' } as const
      const linkEntry = { ...base('app/link', 0o777), kind: 'link', target: '../../../etc/passwd' } as const
      const entries = [folderEntry, linkEntry, ...files]
      const stored = await packed(entries)
      const reader = await open()
      const found = new Map(reader.entries.map((entry) => [entry.path, entry]))
      expect([...found.keys()].sort()).toEqual(entries.map((entry) => entry.path).sort())
      for (const [index, entry] of entries.entries()) {
        const { kind, mode, modifiedAt } = found.get(entry.path) as ReadableEntry
        expect({ kind, mode, modifiedAt }).toEqual({
          kind: entry.kind,
          mode: entry.mode,
          modifiedAt: entry.modifiedAt,
        })
        const bytes = entry.kind === 'folder' ? null : await content(found.get(entry.path))
        expect(stored[index]).toEqual({ sizeBytes: bytes?.length ?? 0, sha256: bytes && sha256(bytes) })
      }
      expect(String(await content(found.get('app/link')))).toBe('../../../etc/passwd')
      for (const [index, bytes] of contents.entries())
        expect((await content(found.get(`app/files/${index}`))).equals(bytes)).toBe(true)
      await reader.close()
    })

    it('keeps names of every script and with every letter that files may have', async () => {
      await packed(awkwardPaths.map((one) => file(one, Buffer.from(one))))
      const reader = await open()
      expect(reader.entries.map((entry) => entry.path).sort()).toEqual([...awkwardPaths].sort())
      for (const entry of reader.entries) expect(String(await content(entry))).toBe(entry.path)
      await reader.close()
    })

    it('keeps times before 1970 and after 2038', async () => {
      const times = ['1955-11-05T06:15:00.000Z', '2040-01-01T00:00:01.000Z', '2250-06-30T23:59:59.000Z']
      await packed(times.map((time, index) => ({ ...file(`app/${index}`, text(3)), modifiedAt: time })))
      const reader = await open()
      const found = reader.entries.map((entry) => entry.modifiedAt)
      expect(found.sort()).toEqual([...times].sort())
      await reader.close()
    })

    it('counts what a stream delivers, whatever was said before', async () => {
      const sizes = [
        [10, 0],
        [0, 10],
        [5 * mebibyte, 3],
        [3, 5 * mebibyte],
      ] as const
      const stored = await packed(
        sizes.map(([said, real], index) => ({ ...file(`app/${index}`, text(real)), sizeBytes: said })),
      )
      expect(stored.map((one) => one.sizeBytes)).toEqual(sizes.map(([, real]) => real))
      const reader = await open()
      for (const entry of reader.entries) expect(await content(entry)).toHaveLength(entry.sizeBytes)
      await reader.close()
    })

    it.each([
      ['at once', 0],
      ['early', 10],
      ['late', 9 * mebibyte + 5],
    ])('leaves an entry out whose stream fails %s, and goes on', async (_when, after) => {
      const writer = await create()
      const failure = new Error('it vanished')
      await writer.add(file('app/before', text(100)))
      const failing = {
        ...file('app/failing', text(0)),
        sizeBytes: after,
        open: () => failingAfter(after, failure),
      }
      const others = [file('app/beside', randomBytes(2 * mebibyte)), file('app/small', text(10))]
      const results = await Promise.allSettled([failing, ...others].map((one) => writer.add(one)))
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
      expect((results[0] as PromiseRejectedResult).reason).toBe(failure)
      await writer.add(file('app/after', text(100)))
      await writer.finish()
      const reader = await open()
      const paths = reader.entries.map((entry) => entry.path)
      expect(paths.sort()).toEqual(['app/after', 'app/before', 'app/beside', 'app/small'])
      for (const entry of reader.entries) await content(entry)
      await reader.close()
    })

    it('takes an entry again that failed before', async () => {
      const writer = await create()
      const failing = { ...file('app/one', text(0)), open: () => Promise.reject(new Error('not now')) }
      await expect(writer.add(failing)).rejects.toThrow('not now')
      await writer.add(file('app/one', text(7)))
      await writer.finish()
      const reader = await open()
      expect(reader.entries.map((entry) => entry.path)).toEqual(['app/one'])
      await reader.close()
    })

    it('refuses a second entry of one path, and one beneath what is no folder', async () => {
      const writer = await create()
      await writer.add(file('app/one', text(1)))
      const folderEntry = { ...base('app/one', 0o755), kind: 'folder' } as const
      for (const entry of [file('app/one', text(1)), folderEntry, file('app/one/two', text(1))])
        await expect(writer.add(entry)).rejects.toMatchObject({ code: 'invalid-request' })
      await writer.add({ ...base('app', 0o755), kind: 'folder' })
      await writer.finish()
    })

    it.each(['', '/app', 'app/../x', '..', 'app//x', 'app/./x', 'app/', 'a\\b', 'C:/x', 'a\0b', '\ud800'])(
      'refuses the path %j',
      async (bad) => {
        const writer = await create()
        await expect(writer.add(file(bad, text(1)))).rejects.toMatchObject({ code: 'invalid-request' })
        await writer.add(file('app/good', text(1)))
        await writer.finish()
        const reader = await open()
        expect(reader.entries.map((entry) => entry.path)).toEqual(['app/good'])
        await reader.close()
      },
    )

    it('opens only so many streams at a time, and takes any number of entries', async () => {
      const writer = await create()
      const waiting: (() => void)[] = []
      let most = 0
      /** Delivers nothing before it is told to. */
      const held = (bytes: Buffer) => {
        let told = false
        return new Readable({
          read() {
            if (told) return
            told = true
            most = Math.max(
              most,
              waiting.push(() => this.push(bytes) && this.push(null)),
            )
          },
        })
      }
      const ends = Array.from({ length: 600 }, (_, index) =>
        writer.add({ ...file(`app/${index}`, text(0)), open: () => held(text(index + 1)) }),
      )
      for (let left = ends.length; left > 0; left--) {
        await until(() => waiting.length >= Math.min(left, 2))
        waiting.shift()?.()
      }
      await Promise.all(ends)
      await writer.finish()
      expect(most).toBeLessThan(200)
      const reader = await open()
      expect(reader.entries).toHaveLength(600)
      await reader.close()
    })

    it('has an entry last that was added when all others were in it', async () => {
      const writer = await create()
      const sizes = [3 * mebibyte, 5, 700_000, 0]
      await Promise.all(sizes.map((size, index) => writer.add(file(`app/${index}`, text(size)))))
      await writer.add(file('manifest.json', Buffer.from('{}')))
      await writer.finish()
      const reader = await open()
      expect(reader.entries.at(-1)?.path).toBe('manifest.json')
      await reader.close()
    })

    it('makes an archive of nothing', async () => {
      await packed([])
      const reader = await open()
      expect(reader.entries).toEqual([])
      await reader.close()
    })

    it('leaves a file alone that is there already', async () => {
      writeFileSync(path, 'mine')
      await expect(create()).rejects.toMatchObject({ code: 'folder-unsafe' })
      expect(readFileSync(path, 'utf8')).toBe('mine')
    })

    describe('aborted', () => {
      const stuck = (): Readable => new Readable({ read() {} })
      const endless = (): Readable =>
        new Readable({
          read() {
            this.push(randomBytes(64 * 1024))
          },
        })

      /** What is under way when it is aborted. */
      const moments: Readonly<Record<string, (writer: ArchiveWriter) => Promise<unknown>[]>> = {
        'before anything': () => [],
        'while an entry is opened': (writer) => [
          writer.add({ ...file('app/a', text(0)), open: () => new Promise(() => {}) }),
        ],
        'while a stream says nothing': (writer) => [writer.add({ ...file('app/a', text(0)), open: stuck })],
        'while a large one is written': (writer) => [
          writer.add({ ...file('app/a', text(0)), open: endless }),
        ],
        'with hundreds waiting': (writer) =>
          Array.from({ length: 300 }, (_, index) =>
            writer.add({ ...file(`app/${index}`, text(0)), sizeBytes: mebibyte, open: stuck }),
          ),
        'while it waits for its end': (writer) => [
          writer.add({ ...file('app/a', text(0)), open: endless }),
          writer.finish(),
        ],
      }

      it.each(Object.keys(moments))('ends everything %s, within half a second', async (moment) => {
        const before = openFiles(folder)
        const controller = new AbortController()
        const writer = await create(controller.signal)
        const underWay = moments[moment]?.(writer) ?? []
        const ends = Promise.allSettled(underWay)
        if (moment.includes('large')) await until(() => readFileSync(path).length > mebibyte)
        const began = performance.now()
        controller.abort()
        for (const end of await ends)
          expect(end).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } })
        await writer.abort()
        await writer.abort()
        expect(performance.now() - began).toBeLessThan(500)
        await expect(writer.add(file('app/later', text(1)))).rejects.toMatchObject({ code: 'cancelled' })
        await expect(writer.finish()).rejects.toMatchObject({ code: 'cancelled' })
        await until(() => openFiles(folder) === before)
        expect(existsSync(path)).toBe(true)
      })

      it('by its owner ends the same way', async () => {
        const writer = await create()
        const adding = writer.add({ ...file('app/a', text(0)), open: endless })
        const ended = expect(adding).rejects.toMatchObject({ code: 'cancelled' })
        await writer.abort()
        await ended
        await expect(writer.finish()).rejects.toMatchObject({ code: 'cancelled' })
      })

      it('makes nothing when it was aborted before', async () => {
        await expect(create(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
        expect(existsSync(path)).toBe(false)
      })

      it('changes nothing when it was finished before', async () => {
        const controller = new AbortController()
        const writer = await create(controller.signal)
        await writer.add(file('app/a', text(10)))
        const size = await writer.finish()
        controller.abort()
        await writer.abort()
        expect(readFileSync(path)).toHaveLength(size)
        await expect(writer.add(file('app/b', text(1)))).rejects.toMatchObject({ code: 'invalid-request' })
      })
    })

    describe('read', () => {
      const sample = () => [
        file('app/a', text(5000)),
        file('app/b', randomBytes(3000)),
        file('app/c', text(0)),
      ]

      it('is refused beyond its limits', async () => {
        await packed(sample())
        for (const limits of [
          { maxEntries: 2, maxBytes: 2 ** 40 },
          { maxEntries: 10, maxBytes: 7999 },
        ])
          await expect(open(limits)).rejects.toMatchObject({ code: 'proof-failed' })
        await (await open({ maxEntries: 3, maxBytes: 8000 })).close()
      })

      it('is refused when it is cut off anywhere', async () => {
        await packed(sample())
        const whole = readFileSync(path)
        for (let size = 0; size < whole.length; size += Math.ceil(whole.length / 60)) {
          truncateSync(path, 0)
          writeFileSync(path, whole.subarray(0, size))
          await expect(open()).rejects.toMatchObject({ code: 'proof-failed' })
        }
      })

      it('never gives out other bytes than went in, whichever bit is flipped', async () => {
        await packed(sample())
        const whole = readFileSync(path)
        const originals = new Map(await contentsOf(await open()))
        for (let bit = 0; bit < whole.length * 8; bit += Math.ceil((whole.length * 8) / 400)) {
          const bytes = Buffer.from(whole)
          bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          writeFileSync(path, bytes)
          const found = await open()
            .then(contentsOf)
            .catch((error: BackupError) => error.code)
          if (typeof found === 'string') expect(found).toBe('proof-failed')
          else for (const [name, hash] of found) expect([...originals.values()], name).toContain(hash)
        }
      })

      it('gives its entries at the same time, and rejects when it is closed meanwhile', async () => {
        await packed([file('app/a', randomBytes(4 * mebibyte)), file('app/b', text(4 * mebibyte))])
        const reader = await open()
        const both = await Promise.all([...reader.entries, ...reader.entries].map((entry) => content(entry)))
        expect(both.map(({ length }) => length)).toEqual(Array(4).fill(4 * mebibyte))
        const halfRead = await reader.entries[0]?.open()
        await new Promise((resolve) => halfRead?.once('readable', resolve))
        await reader.close()
        await reader.close()
        await expect(halfRead?.toArray()).rejects.toThrow()
        await expect(content(reader.entries[1])).rejects.toThrow()
        expect(openFiles(folder)).toBe(0)
      })

      it('closes what it opened when it refuses', async () => {
        writeFileSync(path, randomBytes(100_000))
        await expect(open()).rejects.toMatchObject({ code: 'proof-failed' })
        expect(openFiles(folder)).toBe(0)
      })

      it('follows no link and waits for no pipe', async () => {
        await packed(sample())
        const link = join(folder, `link${format.ending}`)
        symlinkSync(path, link)
        await expect(format.open(link, { signal: never(), limits: plenty })).rejects.toThrow()
        await expect(format.open(folder, { signal: never(), limits: plenty })).rejects.toThrow()
        await expect(
          format.open(join(folder, 'none'), { signal: never(), limits: plenty }),
        ).rejects.toMatchObject({ cause: { code: 'ENOENT' } })
      })

      it('ends when it is aborted', async () => {
        await packed([file('app/a', randomBytes(4 * mebibyte))])
        await expect(
          format.open(path, { signal: AbortSignal.abort(), limits: plenty }),
        ).rejects.toMatchObject({ code: 'cancelled' })
        const controller = new AbortController()
        const reader = await format.open(path, { signal: controller.signal, limits: plenty })
        const stream = await reader.entries[0]?.open()
        await new Promise((resolve) => stream?.once('readable', resolve))
        controller.abort()
        await expect(stream?.toArray()).rejects.toMatchObject({ code: 'cancelled' })
        await reader.close()
      })
    })
  })
}

const never = () => new AbortController().signal
const base = (path: string, mode: number) => ({ path, mode, modifiedAt })
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

function file(path: string, bytes: Buffer, more: { readonly mode?: number } = {}) {
  return {
    ...base(path, more.mode ?? 0o644),
    kind: 'file',
    sizeBytes: bytes.length,
    open: () => chunked(bytes),
  } as const
}

/** In pieces as files come. */
function chunked(bytes: Buffer): Readable {
  const size = 64 * 1024
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
  return Readable.from(pieces)
}

/** Numbered lines, which shrink well and are nowhere the same. */
function text(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0, line = 0; at < size; line++)
    at += bytes.write(`line ${line} of a text, ${line % 7}\n`, at) || 1
  return bytes
}

function failingAfter(size: number, failure: Error): Readable {
  return Readable.from(
    (async function* () {
      yield* chunked(text(size))
      throw failure
    })(),
  )
}

async function content(entry: ReadableEntry | undefined): Promise<Buffer> {
  if (entry === undefined) throw new Error('There is no such entry')
  return Buffer.concat(await (await entry.open()).toArray())
}

async function contentsOf(reader: ArchiveReader): Promise<[string, string][]> {
  try {
    const found: [string, string][] = []
    for (const entry of reader.entries) found.push([entry.path, sha256(await content(entry))])
    return found
  } finally {
    await reader.close()
  }
}

/** Descriptors of this process that lead into the folder. */
function openFiles(folder: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => leadsInto(fd, folder)).length
}

function leadsInto(fd: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
  } catch {
    return false
  }
}
