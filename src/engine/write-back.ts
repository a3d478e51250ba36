import { fdatasync } from 'node:fs'
import { promisify } from 'node:util'

const syncData = promisify(fdatasync)

/**
 * Bytes after which the disk is told to begin writing. Left to the end, one long flush stalls the commits of the
 * application for hundreds of milliseconds. Each flush has its price: on a disk of 1 GiB a second these cost a third of
 * the copy's time, twice as many bytes an eighth, but then commits waited half as long again.
 */
const flushEveryBytes = 16 * 1024 * 1024

/** Hands what is written to a file to the disk as it comes. */
export class WriteBack {
  readonly #file: number
  #waiting = 0
  #flushing: Promise<unknown> = Promise.resolve()

  constructor(file: number) {
    this.#file = file
  }

  async note(bytes: number): Promise<void> {
    this.#waiting += bytes
    if (this.#waiting < flushEveryBytes) return
    await this.#flushing
    this.#waiting = 0
    this.#flushing = syncData(this.#file)
    // Awaited at the next flush, by `finish` or by `settle`; until then a failure must not count as unhandled.
    this.#flushing.catch(() => {})
  }

  /**
   * Rejects when what was handed over did not reach the disk. Nobody else would tell: the kernel says it once, and the
   * next flush of the file succeeds.
   */
  async finish(): Promise<void> {
    await this.#flushing
  }

  /**
   * Before the file is closed, whatever happened: a flush that still went on could meet another file under its number.
   * Never rejects.
   */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#flushing])
  }
}
