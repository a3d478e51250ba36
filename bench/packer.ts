/** A process that packs or unpacks once, and says what that cost it. */
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as archiver from 'archiver'
import type { ReadableEntry } from '../src/engine/archive.ts'
import { favourMainThread } from '../src/engine/archives/packing-process.ts'
import { zipFormat } from '../src/engine/archives/zip/zip-format.ts'
import { createDirectorySource } from '../src/engine/sources/directory/directory-source.ts'
import { createSqliteSource } from '../src/engine/sources/sqlite/sqlite-source.ts'
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

/** Entries that are unpacked at a time. */
const unpackedAtOnce = 8
const smallBytes = 1024 * 1024
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

/** Walked and read as a run does it. There are no databases in the tree. */
async function pack({ root, archive, level }: PackOrder): Promise<void> {
  const writer = await zipFormat.create(archive, { signal, level })
  const config = { kind: 'directory', id: 'tree', path: root, exclude: [], alwaysExclude: [] } as const
  const source = createDirectorySource(config, { databases: createSqliteSource({ timeoutMs: 0 }) })
  await source.pour(writer, { signal, scratch: dirname(archive), onProgress() {} })
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
