import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type {
  ArchiveEntry,
  ArchiveFormat,
  ArchiveReader,
  ArchiveWriter,
  ReadableEntry,
  StoredEntry,
} from '../../src/engine/archive.ts'
import { BackupError } from '../../src/engine/errors.ts'
import { reasonOf } from '../../src/engine/failure.ts'

/** Where an entry lies, as the index at the end of the file has it. */
interface Indexed extends Omit<ReadableEntry, 'open'> {
  readonly at: number
  readonly sha256: string | null
}

/**
 * The simplest archive that keeps the promises of the port, for tests of what is put into archives: data one after the
 * other, then an index as JSON, then its length. Entries are written one at a time.
 */
export const plainFormat: ArchiveFormat = {
  ending: '.plain',
  async create(path, { signal }) {
    return new PlainWriter(await open(path, 'wx'), signal)
  },
  async open(path) {
    return new PlainReader(path, await readIndex(path))
  },
}

class PlainWriter implements ArchiveWriter {
  readonly #index: Indexed[] = []
  readonly #paths = new Set<string>()
  readonly #file: FileHandle
  readonly #signal: AbortSignal
  #at = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(file: FileHandle, signal: AbortSignal) {
    this.#file = file
    this.#signal = signal
  }

  add(entry: ArchiveEntry): Promise<StoredEntry> {
    const work = this.#turn.then(() => this.#append(entry))
    this.#turn = work.catch(() => {})
    return work
  }

  async finish(): Promise<number> {
    await this.#turn
    const index = Buffer.from(JSON.stringify(this.#index))
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(index.length))
    await this.#write(Buffer.concat([index, length]))
    await this.#file.sync()
    await this.#file.close()
    return this.#at
  }

  async abort(): Promise<void> {
    await this.#turn
    await this.#file.close().catch(() => {})
  }

  async #append(entry: ArchiveEntry): Promise<StoredEntry> {
    if (this.#signal.aborted) throw reasonOf(this.#signal)
    const { kind, path, mode, modifiedAt } = entry
    if (this.#paths.has(path))
      throw new BackupError('invalid-request', `${path} is there twice`, { hint: '-' })
    const at = this.#at
    const hash = createHash('sha256')
    if (entry.kind !== 'folder') {
      for await (const piece of entry.kind === 'file' ? await entry.open() : [Buffer.from(entry.target)]) {
        if (this.#signal.aborted) throw reasonOf(this.#signal)
        hash.update(piece)
        await this.#write(piece)
      }
    }
    this.#paths.add(path)
    const stored = { sizeBytes: this.#at - at, sha256: kind === 'folder' ? null : hash.digest('hex') }
    this.#index.push({ kind, path, mode, modifiedAt, at, ...stored })
    return stored
  }

  async #write(piece: Buffer): Promise<void> {
    await this.#file.write(piece, 0, piece.length, this.#at)
    this.#at += piece.length
  }
}

class PlainReader implements ArchiveReader {
  readonly entries: readonly ReadableEntry[]
  readonly lookAlikes = []

  constructor(path: string, index: readonly Indexed[]) {
    this.entries = index.map(({ at, sha256, ...entry }) => ({
      ...entry,
      open: () => Readable.from(checked(path, { at, sha256, ...entry })),
    }))
  }

  async close(): Promise<void> {}
}

async function* checked(path: string, { at, sizeBytes, sha256 }: Indexed): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  if (sizeBytes > 0) {
    for await (const piece of createReadStream(path, { start: at, end: at + sizeBytes - 1 })) {
      hash.update(piece)
      yield piece
    }
  }
  if (sha256 !== null && hash.digest('hex') !== sha256) throw broken(path)
}

async function readIndex(path: string): Promise<readonly Indexed[]> {
  const file = await open(path)
  try {
    const { size } = await stat(path)
    const length = Buffer.alloc(8)
    if (size < 8) throw broken(path)
    await file.read(length, 0, 8, size - 8)
    const bytes = Number(length.readBigUInt64LE())
    if (bytes > size - 8) throw broken(path)
    const index = Buffer.alloc(bytes)
    await file.read(index, 0, bytes, size - 8 - bytes)
    return JSON.parse(index.toString()) as Indexed[]
  } catch (error) {
    throw error instanceof BackupError ? error : broken(path)
  } finally {
    await file.close()
  }
}

function broken(path: string): BackupError {
  return new BackupError('proof-failed', `${path} is broken`, { hint: 'Make a new one.' })
}
