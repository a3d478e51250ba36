import { hash } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Transform } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { EntryData, FormatModule } from 'archiver'
import type { ArchiveEntry, ArchiveFile as FileEntry, StoredEntry } from '../../archive.ts'
import type { ArchiveFile } from './archive-file.ts'
import { Directory } from './directory.ts'
import { centralHeader, endRecords } from './headers.ts'
import { Output } from './output.ts'
import { PieceRow } from './piece-row.ts'
import { cut, Pieces, smallBytes } from './pieces.ts'
import { Slots } from './slots.ts'
import { type Packed, packLarge, packSmall, plainBytes, writeWhole } from './store.ts'

/** An entry on its way, and who waits for it. */
export interface Order {
  readonly entry: ArchiveEntry
  resolve(stored: StoredEntry): void
  reject(error: unknown): void
}

/** Entries that are open at a time, and bytes of them in memory, as far as they are known beforehand. */
const openEntries = 64
const openBytes = 12 * 1024 * 1024
/** What an entry costs besides its bytes. */
const entryBytes = 16 * 1024

/**
 * Packs into a ZIP, as a format module of archiver. Takes the next entry while those before it are still being read and
 * deflated, and writes each when it is done: small ones in one go, large ones piece by piece while the others wait.
 */
export class ParallelZip implements FormatModule {
  readonly #file: ArchiveFile
  readonly #level: number
  readonly #events = new EventEmitter()
  readonly #directory = new Directory()
  readonly #open = new Slots(openEntries)
  readonly #bytes = new Slots(openBytes)
  readonly #writing = new Slots(1)
  readonly #running = new Set<Promise<void>>()
  readonly #reading = new Set<Pieces>()
  #output: Output | null = null
  #stopped = false

  constructor(file: ArchiveFile, level: number) {
    this.#file = file
    this.#level = level
  }

  append(_source: unknown, { order }: EntryData, accepted: () => void): void {
    void this.#accept(order as Order).then(accepted)
  }

  finalize(): void {
    this.#finalize().catch((error) => this.#events.emit('error', error))
  }

  on(event: string, listener: (...args: never[]) => void): unknown {
    return this.#events.on(event, listener as () => void)
  }

  pipe(archive: Transform): void {
    this.#output = new Output(archive, this.#file)
  }

  unpipe(): void {
    this.stop()
  }

  /** Lets go of everything that is being read. What is under way rejects. */
  stop(): void {
    this.#stopped = true
    for (const pieces of this.#reading) pieces.destroy()
  }

  get #out(): Output {
    if (this.#output === null) throw new Error('The archive has no output')
    return this.#output
  }

  #expectOpen(): void {
    if (this.#stopped) throw new Error('The archive was closed')
  }

  /** Resolves when there is room for the next one. */
  async #accept(order: Order): Promise<void> {
    const releases = [await this.#open.take(), await this.#bytes.take(costOf(order.entry))]
    const running = this.#store(order).finally(() => {
      for (const release of releases) release()
      this.#running.delete(running)
    })
    this.#running.add(running)
  }

  async #store({ entry, resolve, reject }: Order): Promise<void> {
    try {
      resolve(entry.kind === 'file' ? await this.#storeFile(entry) : await this.#storePlain(entry))
    } catch (error) {
      reject(error)
    }
  }

  async #storePlain(entry: Exclude<ArchiveEntry, FileEntry>): Promise<StoredEntry> {
    const packed = plainBytes(entry)
    await this.#write((output) => writeWhole(output, packed))
    return packed.stored
  }

  async #storeFile(entry: FileEntry): Promise<StoredEntry> {
    this.#expectOpen()
    const { bytes } = entry
    if (bytes !== undefined && bytes.length <= smallBytes) return this.#storeBytes(entry, bytes)
    const pieces = new Pieces(await entry.open())
    this.#reading.add(pieces)
    try {
      this.#expectOpen()
      return await this.#storePieces(entry, pieces)
    } finally {
      this.#reading.delete(pieces)
      pieces.destroy()
    }
  }

  async #storeBytes(entry: FileEntry, bytes: Buffer): Promise<StoredEntry> {
    const sum = { crc: crc32(bytes), sizeBytes: bytes.length }
    const packed = await packSmall(entry, sum, cut(bytes), this.#level)
    this.#expectOpen()
    await this.#write((output) => writeWhole(output, packed))
    return { sizeBytes: bytes.length, sha256: hash('sha256', bytes) }
  }

  async #storePieces(entry: FileEntry, pieces: Pieces): Promise<StoredEntry> {
    const first = await pieces.first()
    if (first.isAll) {
      const packed = await packSmall(entry, pieces, first.pieces, this.#level)
      await this.#write((output) => writeWhole(output, packed))
    } else {
      const row = new PieceRow(this.#level)
      for (const piece of first.pieces) row.add(piece)
      await this.#write((output) => packLarge(output, entry, pieces, row))
    }
    return { sizeBytes: pieces.sizeBytes, sha256: pieces.sha256() }
  }

  /** One after the other. What was written before a failure is taken back. */
  async #write(pack: (output: Output) => Promise<Packed>): Promise<void> {
    await this.#writing.with(async () => {
      const output = this.#out
      const position = output.position
      try {
        const { described } = await pack(output)
        this.#directory.add(centralHeader(described, position))
      } catch (error) {
        if (!this.#stopped) await output.takeBack(position)
        throw error
      }
    })
  }

  async #finalize(): Promise<void> {
    await Promise.all(this.#running)
    const output = this.#out
    const { position } = output
    for (const block of this.#directory.blocks()) await output.write(block)
    await output.write(endRecords({ ...this.#directory, position }))
    output.end()
    this.#events.emit('end')
  }
}

function costOf(entry: ArchiveEntry): number {
  return entryBytes + (entry.kind === 'file' ? Math.min(Math.max(0, entry.sizeBytes), smallBytes) : 0)
}
