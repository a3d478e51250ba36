import { close, constants, fstat, open, read, type Stats } from 'node:fs'
import { promisify } from 'node:util'
import { BackupError } from '../../errors.ts'
import { codeOf, failureFrom, reasonOf } from '../../failure.ts'
import { broken } from './broken.ts'

const openFile = promisify(open)
const statFile = promisify(fstat)
const closeFile = promisify(close)
const readSome = promisify(read)

const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** An archive that is read from one descriptor, at several places at a time. */
export class ReadFile {
  readonly #fd: number
  readonly #signal: AbortSignal
  readonly #reading = new Set<Promise<unknown>>()
  readonly sizeBytes: number
  #closing: Promise<void> | null = null

  private constructor(fd: number, sizeBytes: number, signal: AbortSignal) {
    this.#fd = fd
    this.sizeBytes = sizeBytes
    this.#signal = signal
  }

  /** Follows no link and waits for no pipe. */
  static async open(path: string, signal: AbortSignal): Promise<ReadFile> {
    if (signal.aborted) throw reasonOf(signal)
    const fd = await openFile(path, flags).catch((error) => {
      throw codeOf(error) === 'ELOOP' ? noFile() : unreadable(error)
    })
    const stats = await statFile(fd).catch(() => null as Stats | null)
    if (stats?.isFile()) return new ReadFile(fd, stats.size, signal)
    await closeFile(fd)
    throw noFile()
  }

  /** Exactly these bytes. */
  async read(position: number, length: number): Promise<Buffer> {
    if (position < 0 || position + length > this.sizeBytes) throw broken('it is cut off')
    const bytes = Buffer.allocUnsafe(length)
    for (let filled = 0; filled < length; ) {
      const count = await this.#readSome(bytes, filled, position)
      if (count === 0) throw broken('it became shorter while it was read')
      filled += count
    }
    return bytes
  }

  /** Reads that are under way end first; later ones reject. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#reading).then(() => closeFile(this.#fd))
    return this.#closing
  }

  async #readSome(bytes: Buffer, filled: number, position: number): Promise<number> {
    if (this.#signal.aborted) throw reasonOf(this.#signal)
    if (this.#closing !== null) throw closed()
    const reading = readSome(this.#fd, bytes, filled, bytes.length - filled, position + filled)
    this.#reading.add(reading)
    try {
      return (await reading).bytesRead
    } catch (error) {
      throw unreadable(error)
    } finally {
      this.#reading.delete(reading)
    }
  }
}

const unreadable = (error: unknown) => failureFrom(error, 'The archive could not be read')

function noFile(): BackupError {
  return new BackupError('folder-unsafe', 'The archive is a link or no regular file', {
    hint: 'Name the file itself.',
  })
}

function closed(): BackupError {
  return new BackupError('cancelled', 'The archive was closed while it was read', {
    hint: 'Start it again when it suits.',
  })
}
