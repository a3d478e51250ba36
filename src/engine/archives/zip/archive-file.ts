import { close, constants, fsync, ftruncate, openSync, write, writev } from 'node:fs'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { deferred } from '../../deferred.ts'
import { WriteBack } from '../../write-back.ts'

const writePieces = promisify(writev)
const writePiece = promisify(write)
const shorten = promisify(ftruncate)
const syncFile = promisify(fsync)
const closeFile = promisify(close)

/** Bytes that wait in memory for the disk. */
const waitingBytes = 2 * 1024 * 1024

type Done = (error?: Error | null) => void

/**
 * The file that an archive is written to, as the end of a pipe. Beside the stream, what lies in it already can be taken
 * back or written over; nothing may be on its way then, which `arrived` tells.
 */
export class ArchiveFile extends Writable {
  readonly #fd: number
  readonly #writeBack: WriteBack
  readonly #waiting = new Set<{
    readonly position: number
    readonly done: ReturnType<typeof deferred<void>>
  }>()
  #position = 0
  /** The operation that uses the descriptor. */
  #busy: Promise<unknown> = Promise.resolve()
  #closed = false

  /** Throws when something of that name exists. */
  constructor(path: string) {
    super({ highWaterMark: waitingBytes, decodeStrings: true, emitClose: true })
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
    this.#fd = openSync(path, flags, 0o600)
    this.#writeBack = new WriteBack(this.#fd)
  }

  /** Bytes that are in the file. */
  get position(): number {
    return this.#position
  }

  /** Resolves when the first `position` bytes are in the file; rejects when they won't get there. */
  async arrived(position: number): Promise<void> {
    if (this.#position >= position) return
    if (this.destroyed) throw this.errored ?? new Error('The archive was closed')
    const done = deferred<void>()
    this.#waiting.add({ position, done })
    await done.promise
  }

  /** Removes everything from `position` on. */
  async takeBack(position: number): Promise<void> {
    await this.#use(() => shorten(this.#fd, position))
    this.#position = position
  }

  /** Writes over what is there. */
  async overwrite(bytes: Buffer, position: number): Promise<void> {
    await this.#use(() => writeAll(this.#fd, [bytes], position))
  }

  override _write(bytes: Buffer, _encoding: string, done: Done): void {
    this.#append([bytes]).then(() => done(), done)
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: Done): void {
    this.#append(chunks.map(({ chunk }) => chunk)).then(() => done(), done)
  }

  override _final(done: Done): void {
    this.#sync().then(() => done(), done)
  }

  override _destroy(error: Error | null, done: Done): void {
    const reason = error ?? new Error('The archive was closed')
    for (const { done: waiting } of this.#waiting) waiting.reject(reason)
    this.#waiting.clear()
    this.#close().then(() => done(error), done)
  }

  async #append(pieces: Buffer[]): Promise<void> {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
    await this.#use(() => writeAll(this.#fd, pieces, this.#position))
    this.#position += bytes
    for (const one of this.#waiting) {
      if (one.position > this.#position) continue
      this.#waiting.delete(one)
      one.done.resolve()
    }
    await this.#writeBack.note(bytes)
  }

  async #sync(): Promise<void> {
    await this.#writeBack.finish()
    await this.#use(() => syncFile(this.#fd))
  }

  /** Keeps the descriptor open until the work is done: its number could belong to another file afterwards. */
  async #use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('The archive was closed')
    const working = work()
    this.#busy = Promise.allSettled([this.#busy, working])
    return working
  }

  async #close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.allSettled([this.#busy, this.#writeBack.settle()])
    await closeFile(this.#fd)
  }
}

async function writeAll(fd: number, pieces: Buffer[], position: number): Promise<void> {
  let left = pieces.filter(({ length }) => length > 0)
  for (let at = position; left.length > 0; ) {
    const only = left.length === 1 ? left[0] : undefined
    const { bytesWritten } =
      only === undefined ? await writePieces(fd, left, at) : await writePiece(fd, only, 0, only.length, at)
    at += bytesWritten
    left = without(left, bytesWritten)
  }
}

/** What a short write has left. */
function without(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes
  return pieces.flatMap((piece) => {
    const skipped = Math.min(skip, piece.length)
    skip -= skipped
    return skipped === piece.length ? [] : [piece.subarray(skipped)]
  })
}
