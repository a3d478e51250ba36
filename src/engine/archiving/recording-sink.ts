import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ArchiveEntry, EntrySink, StoredEntry } from '../archive.ts'
import { removeFile } from '../vault/files.ts'

/** Letters that are kept before they are written. */
const pieceLetters = 64 * 1024

export interface Counted {
  readonly files: number
  readonly bytes: number
}

/** Writes down what goes into an archive, on the disk and not in memory. */
export class RecordingSink implements EntrySink {
  readonly #inner: EntrySink
  readonly #path: string
  readonly #fd: number
  #text = ''
  #entries = 0
  #bytes = 0
  #counted = { files: 0, bytes: 0 }

  constructor(inner: EntrySink, path: string) {
    this.#inner = inner
    this.#path = path
    removeFile(path)
    this.#fd = openSync(path, 'wx', 0o600)
  }

  async add(entry: ArchiveEntry): Promise<StoredEntry> {
    const stored = await this.#inner.add(entry)
    const { sizeBytes, sha256 } = stored
    this.#text += `${JSON.stringify({ path: entry.path, sizeBytes, sha256 })}\n`
    if (this.#text.length >= pieceLetters) this.#write()
    this.#entries++
    this.#bytes += sizeBytes
    if (entry.kind === 'file') {
      this.#counted = { files: this.#counted.files + 1, bytes: this.#counted.bytes + sizeBytes }
    }
    return stored
  }

  get entries(): number {
    return this.#entries
  }

  /** Of all entries. */
  get bytes(): number {
    return this.#bytes
  }

  /** Files since it was asked last. */
  takeCount(): Counted {
    const counted = this.#counted
    this.#counted = { files: 0, bytes: 0 }
    return counted
  }

  /** What was written down, a line for each. */
  async *lines(): AsyncGenerator<string> {
    this.#write()
    yield* createInterface({ input: createReadStream(this.#path) })
  }

  close(): void {
    closeSync(this.#fd)
    removeFile(this.#path)
  }

  #write(): void {
    const bytes = Buffer.from(this.#text)
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done)
    this.#text = ''
  }
}
