/** A process that packs or unpacks once, and says what that cost it. */
import { createReadStream, createWriteStream, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as archiver from 'archiver'
import type { ReadableEntry } from '../src/engine/archive.ts'
import { favourMainThread } from '../src/engine/archives/packing-process.ts'
import { zipFormat } from '../src/engine/archives/zip/zip-format.ts'
import { eventLoopDuring, type LoopDelay } from './event-loop.ts'

export interface PackOrder {
  readonly work: 'pack' | 'unpack' | 'archiver'
  readonly root: string
  readonly archive: string
  readonly level: number
}

export interface PackOutcome {
  readonly ms: number
  readonly loop: LoopDelay
  readonly peakMiB: number
}

/** Entries that are asked for, or unpacked, at a time. */
const [addedAtOnce, unpackedAtOnce] = [200, 8]
const smallBytes = 1024 * 1024
const chunkBytes = 256 * 1024
const signal = new AbortController().signal
const limits = { maxEntries: 1_000_000, maxBytes: 2 ** 44 }

process.on('message', (order: PackOrder) => {
  carryOut(order).then(
    (outcome) => process.send?.(outcome),
    (error) => process.send?.({ error: `${order.work}: ${error}` }),
  )
})
process.on('disconnect', () => process.exit())

async function carryOut(order: PackOrder): Promise<PackOutcome> {
  if (order.work !== 'archiver') await favourMainThread()
  const began = performance.now()
  const { loop } = await eventLoopDuring(() => works[order.work](order))
  return { ms: performance.now() - began, loop, peakMiB: peakMiB() }
}

const works = { pack, unpack, archiver: packByArchiver }

async function pack({ root, archive, level }: PackOrder): Promise<void> {
  const writer = await zipFormat.create(archive, { signal, level })
  const adding: Promise<unknown>[] = []
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const file = join(root, path)
    const stats = lstatSync(file)
    const base = { path: `tree/${path}`, mode: stats.mode & 0o7777, modifiedAt: stats.mtime.toISOString() }
    // Each read takes that much memory, also of a file that has less.
    const highWaterMark = Math.min(stats.size + 1, chunkBytes)
    const open = () => createReadStream(file, { highWaterMark })
    adding.push(
      stats.isDirectory()
        ? writer.add({ ...base, kind: 'folder' })
        : writer.add({ ...base, kind: 'file', sizeBytes: stats.size, open }),
    )
    if (adding.length >= addedAtOnce) await adding.shift()
  }
  await Promise.all(adding)
  await writer.finish()
}

async function unpack({ root, archive }: PackOrder): Promise<void> {
  const reader = await zipFormat.open(archive, { signal, limits })
  const left = reader.entries.values()
  const work = async () => {
    for (const entry of left) await unpackOne(entry, join(root, entry.path))
  }
  await Promise.all(Array.from({ length: unpackedAtOnce }, work))
  await reader.close()
}

async function unpackOne(entry: ReadableEntry, target: string): Promise<void> {
  if (entry.kind === 'folder') return void mkdirSync(target, { recursive: true })
  mkdirSync(dirname(target), { recursive: true })
  const content = await entry.open()
  if (entry.sizeBytes > smallBytes) await pipeline(content, createWriteStream(target))
  else await writeFile(target, Buffer.concat(await content.toArray()))
}

/** As its documentation does it. */
async function packByArchiver({ root, archive, level }: PackOrder): Promise<void> {
  const zip = new archiver.ZipArchive({ zlib: { level } })
  const written = pipeline(zip, createWriteStream(archive))
  zip.directory(root, 'tree')
  await Promise.all([zip.finalize(), written])
}

function peakMiB(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
}
