import yauzl from 'yauzl'
import { BackupError } from '../../errors.ts'
import { codeOf, failureFrom } from '../../failure.ts'
import { broken } from './broken.ts'
import type { DirectoryPlace } from './end-records.ts'
import type { ReadFile } from './read-file.ts'

/** Bytes of the directory that are read at once. */
const windowBytes = 256 * 1024

/**
 * Every entry of the directory, as yauzl reads it; its own entries are small, so it gets them from memory. Rejects when
 * they don't fill the directory.
 */
export async function* readDirectory(file: ReadFile, place: DirectoryPlace): AsyncGenerator<yauzl.Entry> {
  const reader = new WindowReader(file)
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: true, lazyEntries: true }
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(reader, file.sizeBytes, options)
    if (zip.entryCount !== place.entries) throw broken('its ends disagree')
    yield* zip.eachEntry()
    if (Number(zip.readEntryCursor) !== place.position + place.bytes)
      throw broken('its directory has more than its entries')
  } catch (error) {
    throw translate(error)
  }
}

/** yauzl's own errors have no code: they all say what is wrong with the archive. */
function translate(error: unknown): BackupError {
  if (error instanceof BackupError) return error
  return codeOf(error) === '' && error instanceof Error
    ? broken(error.message.replace(/\.$/, ''))
    : failureFrom(error, 'The archive could not be read')
}

class WindowReader extends yauzl.RandomAccessReader {
  readonly #file: ReadFile
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0

  constructor(file: ReadFile) {
    super()
    this.#file = file
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#find(position, length).then(
      (bytes) => done(null, bytes.copy(buffer, offset)),
      (error) => done(error),
    )
  }

  async #find(position: number, length: number): Promise<Buffer> {
    const from = position - this.#windowAt
    if (from >= 0 && from + length <= this.#window.length) return this.#window.subarray(from, from + length)
    const wanted = Math.min(Math.max(length, windowBytes), this.#file.sizeBytes - position)
    this.#window = await this.#file.read(position, Math.max(length, wanted))
    this.#windowAt = position
    return this.#window.subarray(0, length)
  }
}
