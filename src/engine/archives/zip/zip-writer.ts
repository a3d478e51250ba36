import { Archiver } from 'archiver'
import type { ArchiveEntry, ArchiveWriter, StoredEntry } from '../../archive.ts'
import { deferred } from '../../deferred.ts'
import { EntryPaths, pathProblem } from '../../entry-path.ts'
import { BackupError } from '../../errors.ts'
import { cancelled, failureFrom, reasonOf } from '../../failure.ts'
import { ArchiveFile } from './archive-file.ts'
import { type Order, ParallelZip } from './parallel-zip.ts'

/** Milliseconds after which an abort no longer waits for a disk that doesn't answer. */
const closeWithinMs = 400
const defaultLevel = 6
const nothing = Buffer.alloc(0)

/** archiver with our own format: its queue, its stream, our packing. */
class Archive extends Archiver {
  constructor(format: ParallelZip) {
    super()
    this._module = format
    this._modulePipe()
  }
}

export class ZipWriter implements ArchiveWriter {
  readonly #file: ArchiveFile
  readonly #format: ParallelZip
  readonly #archive: Archive
  readonly #signal: AbortSignal
  readonly #paths = new EntryPaths()
  readonly #orders = new Set<Order>()
  readonly #finished = deferred<number>()
  readonly #closed = deferred<void>()
  #state: 'open' | 'finishing' | 'ended' = 'open'
  #reason: BackupError | null = null

  constructor(path: string, { signal, level }: { readonly signal: AbortSignal; readonly level?: number }) {
    this.#file = new ArchiveFile(path)
    this.#format = new ParallelZip(this.#file, level ?? defaultLevel)
    this.#archive = new Archive(this.#format)
    this.#signal = signal
    this.#finished.promise.catch(() => {})
    this.#archive.on('error', (error) => this.#fail(error))
    this.#file.on('error', (error) => this.#fail(error))
    this.#file.on('close', () => this.#onClosed())
    this.#archive.pipe(this.#file)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  async add(entry: ArchiveEntry): Promise<StoredEntry> {
    if (this.#reason !== null) throw this.#reason
    if (this.#state !== 'open') throw unacceptable(entry, 'the archive is complete')
    this.#claim(entry)
    const { promise, resolve, reject } = deferred<StoredEntry>()
    const order = { entry, resolve, reject }
    this.#orders.add(order)
    try {
      // archiver would change some names; it gets none of them.
      this.#archive.append(nothing, { name: 'entry', order })
      return await promise
    } catch (error) {
      this.#paths.release(entry.path)
      throw await this.#reasonFor(error)
    } finally {
      this.#orders.delete(order)
    }
  }

  async finish(): Promise<number> {
    if (this.#state === 'open' && this.#reason === null) {
      this.#state = 'finishing'
      this.#archive.finalize().catch((error) => this.#fail(error))
    }
    return this.#finished.promise
  }

  async abort(): Promise<void> {
    this.#stop(cancelled())
    const timeUp = deferred<void>()
    const timer = setTimeout(timeUp.resolve, closeWithinMs)
    await Promise.race([this.#closed.promise, timeUp.promise])
    clearTimeout(timer)
  }

  #claim(entry: ArchiveEntry): void {
    const problem =
      pathProblem(entry.path) ??
      (Number.isNaN(Date.parse(entry.modifiedAt)) ? 'its time is none' : null) ??
      (entry.kind === 'link' && entry.target === '' ? 'it leads nowhere' : null) ??
      this.#paths.claim(entry.path, entry.kind === 'folder')
    if (problem !== null) throw unacceptable(entry, problem)
  }

  /** A file that failed is closed a moment before it says why. */
  async #reasonFor(error: unknown): Promise<unknown> {
    if (!this.#file.destroyed) return error
    return this.#finished.promise.then(
      () => error,
      (reason) => reason,
    )
  }

  readonly #onAbort = () => this.#stop(reasonOf(this.#signal))

  #fail(error: unknown): void {
    this.#stop(failureFrom(error, 'The archive could not be written'))
  }

  /** Rejects whatever is waited for at once; the file is closed as soon as nothing uses it. */
  #stop(reason: BackupError): void {
    if (this.#reason !== null || this.#state === 'ended') return
    this.#reason = reason
    this.#signal.removeEventListener('abort', this.#onAbort)
    for (const order of this.#orders) order.reject(reason)
    this.#finished.reject(reason)
    this.#format.stop()
    this.#archive.unpipe(this.#file)
    this.#archive.abort()
    this.#archive.destroy()
    this.#file.destroy()
  }

  #onClosed(): void {
    this.#closed.resolve()
    if (this.#reason !== null) return
    this.#state = 'ended'
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#finished.resolve(this.#file.position)
  }
}

function unacceptable({ path }: ArchiveEntry, why: string): BackupError {
  return new BackupError('invalid-request', `“${path}” can't be put into the archive: ${why}`, {
    hint: 'This is a defect of the program or of a source; what it could take is in its report.',
    details: { path, why },
  })
}
