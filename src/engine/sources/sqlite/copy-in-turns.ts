import { fstatSync, ftruncateSync } from 'node:fs'
import { setImmediate as otherWork } from 'node:timers/promises'
import type { LiveDatabase } from '../../engine.ts'
import type { BackupError } from '../../errors.ts'
import { reasonOf } from '../../failure.ts'
import { WriteBack } from '../../write-back.ts'
import { type Clonable, cloneFile, mayClone } from './clone-file.ts'
import { readPiece, readPieceNow, writePiece } from './file-bytes.ts'
import { type Described, describe } from './pin.ts'
import { beginRead, type Connection, endRead, type Patience, whenUnlocked } from './reader.ts'
import { sourceMoved, sourceNeverStill } from './source-errors.ts'

/** How long writers may be held off, and how often. */
export interface TurnLimits {
  /**
   * Milliseconds for which one hold may keep commits waiting, give or take a piece. Applications usually wait 5 s for
   * a lock before they give up.
   */
  readonly maxHoldMs: number
  readonly holds: number
  now(): number
}

export const turnLimits: TurnLimits = { maxHoldMs: 3_000, holds: 3, now: () => performance.now() }

export interface TurnOptions extends Patience {
  readonly limits: TurnLimits
  /** Called under the lock under which the copy turned out to be of one commit. */
  onPinned(): void
  onProgress(done: number, total: number): void
}

export interface Turned {
  readonly how: 'copied' | 'cloned'
  readonly commit: Described
  /** The longest time, in milliseconds, for which a commit of the application may have had to wait. */
  readonly heldWritersMs: number
}

interface TurnFiles extends Clonable {
  readonly database: LiveDatabase
}

/** Bytes that are read under one lock. */
const turnBytes = 1024 * 1024
/** What differs is written in blocks of so many bytes. */
const blockBytes = 64 * 1024
const headerBytes = 100
/** Where a database's header has the version for reading; 2 is a write-ahead log. */
const readVersionAt = 19
const logVersion = 2

/**
 * Copies a database with a rollback journal: piece by piece, each under a shared lock of its own, so that commits go on
 * in between. Under that lock no writer has a page in the file that is not committed. When the file's header (SQLite's
 * change counter is in it) was the same under every lock, the pieces are one commit. Pieces from before the last commit
 * are read once more and corrected; when that never ends because others commit all the time, under one lock that is
 * held for a bounded time. Null when the database was switched to a write-ahead log meanwhile.
 */
export async function copyInTurns(
  connection: Connection,
  files: TurnFiles,
  options: TurnOptions,
): Promise<Turned | null> {
  const turns = new Turns(connection, files, options)
  try {
    const cloned = mayClone(files) ? await turns.cloneUnderOneLock() : 'stale'
    if (cloned !== 'stale') return cloned
    for (let held = 0; held < options.limits.holds; held++) {
      // Correcting between commits leaves less to be written while they wait.
      for (let pass = 0; pass < (held === 0 ? 2 : 1); pass++) {
        const ended = await turns.passBetweenCommits()
        if (ended !== 'stale') return ended
      }
      const ended = await turns.passUnderOneLock()
      if (ended !== 'stale') return ended
    }
    throw sourceNeverStill(files.database, options.limits.maxHoldMs, options.limits.holds)
  } finally {
    turns.release()
    await turns.settle()
  }
}

type PassEnd = Turned | null | 'stale'

class Turns {
  readonly #options: TurnOptions
  readonly #files: TurnFiles
  readonly #writeBack: WriteBack
  readonly #connection: Connection
  readonly #live = Buffer.allocUnsafe(turnBytes)
  readonly #copied = Buffer.allocUnsafe(turnBytes)
  #header: Buffer = Buffer.alloc(headerBytes)
  #length = 0
  /** Goes up with every change of the header. */
  #generation = 0
  /** The generation that each piece of the copy is from; 0 for what was never copied. */
  #pieces: number[] = []
  /** Pieces that are from an earlier one. */
  #stale = 0
  #done = 0
  #lockedAt = 0
  #heldWritersMs = 0

  constructor(connection: Connection, files: TurnFiles, options: TurnOptions) {
    this.#connection = connection
    this.#files = files
    this.#writeBack = new WriteBack(files.copy)
    this.#options = options
  }

  /**
   * Every piece under a lock of its own. A writer that waits for the end of one holds SQLite's PENDING lock, which
   * keeps this from the next lock until its commit is done.
   */
  async passBetweenCommits(): Promise<PassEnd> {
    for (let index = 0; index === 0 || index < this.#pieces.length; index++) {
      // The first lock shows whether others have committed since the last pass.
      if (index > 0 && this.#isFresh(index) && this.#stale > 0) continue
      if (!(await this.#lock())) return null
      if (index >= this.#pieces.length) break
      const change = this.#isFresh(index) ? null : this.#read(index)
      const commit = this.#commitOrNull()
      this.release()
      if (change !== null) await this.#write(change)
      if (commit !== null) return this.#finish(commit)
    }
    this.release()
    return 'stale'
  }

  /** All pieces under one lock, which is given up when it lasts too long; what was corrected stays so. */
  passUnderOneLock(): Promise<PassEnd> {
    return this.#holding(async () => {
      const { maxHoldMs, now } = this.#options.limits
      for (let index = 0; this.#connection.inTransaction && index < this.#pieces.length; index++) {
        if (now() - this.#lockedAt >= maxHoldMs) break
        if (!this.#isFresh(index)) await this.#write(this.#read(index))
        await otherWork()
      }
      const commit = this.#commitOrNull()
      return commit === null ? 'stale' : this.#finish(commit)
    })
  }

  /** Where the file system can share blocks: all at once, which is faster than a piece. */
  cloneUnderOneLock(): Promise<PassEnd> {
    return this.#holding(async () => {
      const { signal, limits } = this.#options
      const cloned = await cloneFile(this.#files, { signal, timeoutMs: limits.maxHoldMs })
      if (!cloned || !this.#connection.inTransaction) return 'stale'
      if (fstatSync(this.#files.copy).size < this.#length) throw this.#tooShort()
      this.#options.onPinned()
      const commit = describe(this.#connection, null)
      this.#options.onProgress(this.#length, this.#length)
      return this.#finish(commit, 'cloned')
    })
  }

  /** Under one lock that ends after the bound, also when the disk hangs meanwhile. */
  async #holding(work: () => Promise<PassEnd>): Promise<PassEnd> {
    if (!(await this.#lock())) return null
    const bound = setTimeout(() => this.release(), this.#options.limits.maxHoldMs)
    try {
      return await work()
    } finally {
      clearTimeout(bound)
      this.release()
    }
  }

  /** Lets the writers in; does nothing when they are not kept out. */
  release(): void {
    if (!this.#connection.inTransaction) return
    endRead(this.#connection)
    this.#heldWritersMs = Math.max(this.#heldWritersMs, this.#options.limits.now() - this.#lockedAt)
  }

  settle(): Promise<void> {
    return this.#writeBack.settle()
  }

  /** False when the database has a write-ahead log now, in which the main file alone is no commit. */
  async #lock(): Promise<boolean> {
    const { database, main } = this.#files
    await whenUnlocked(database, this.#options, () => {
      this.#lockedAt = this.#options.limits.now()
      beginRead(this.#connection)
    })
    const header = readPieceNow(main, Buffer.alloc(headerBytes), 0)
    if (header[readVersionAt] === logVersion) {
      this.release()
      return false
    }
    if (!header.equals(this.#header)) this.#noteCommit(header)
    return true
  }

  #noteCommit(header: Buffer): void {
    this.#header = header
    this.#generation++
    const [pageCount, pageSize] = ['page_count', 'page_size'].map(
      (name) => this.#connection.pragma(name, { simple: true }) as number,
    ) as [number, number]
    this.#length = pageCount * pageSize
    const count = Math.ceil(this.#length / turnBytes)
    // What the file lost and gets again later counts as never copied.
    this.#pieces = Array.from({ length: count }, (_, index) => this.#pieces[index] ?? 0)
    this.#stale = count
  }

  #isFresh(index: number): boolean {
    return this.#generation > 0 && this.#pieces[index] === this.#generation
  }

  /** Under the lock: what of this piece differs from the copy. */
  #read(index: number): Change {
    const position = index * turnBytes
    const length = Math.min(turnBytes, this.#length - position)
    const isFirst = this.#pieces[index] === 0
    // On another thread meanwhile: while writers wait, every millisecond counts.
    const copied = isFirst ? null : readPiece(this.#files.copy, this.#copied.subarray(0, length), position)
    copied?.catch(() => {})
    const live = readPieceNow(this.#files.main, this.#live.subarray(0, length), position)
    if (live.length < length) throw this.#tooShort()
    this.#pieces[index] = this.#generation
    this.#stale--
    return { position, live, copied }
  }

  #tooShort(): BackupError {
    return sourceMoved(this.#files.database, 'it is shorter than its header says')
  }

  async #write({ position, live, copied }: Change): Promise<void> {
    if (this.#options.signal.aborted) throw reasonOf(this.#options.signal)
    if (copied === null) await writePiece(this.#files.copy, live, position)
    else await this.#correct(live, await copied, position)
    await this.#writeBack.note(live.length)
    this.#done = Math.max(this.#done, position + live.length)
    this.#options.onProgress(Math.min(this.#done, this.#length), this.#length)
  }

  async #correct(live: Buffer, copied: Buffer, position: number): Promise<void> {
    for (let at = 0; at < live.length; at += blockBytes) {
      const block = live.subarray(at, at + blockBytes)
      if (!block.equals(copied.subarray(at, at + blockBytes)))
        await writePiece(this.#files.copy, block, position + at)
    }
  }

  /** The commit that all pieces are from; null when they aren't, or when it can't be said because the lock is gone. */
  #commitOrNull(): Described | null {
    if (!this.#connection.inTransaction || this.#stale > 0) return null
    this.#options.onPinned()
    return describe(this.#connection, null)
  }

  async #finish(commit: Described, how: Turned['how'] = 'copied'): Promise<Turned> {
    this.release()
    await this.#writeBack.finish()
    ftruncateSync(this.#files.copy, this.#length)
    return { how, commit, heldWritersMs: Math.ceil(this.#heldWritersMs) }
  }
}

interface Change {
  readonly position: number
  /** Good until the next piece is read. */
  readonly live: Buffer
  /** What the copy has there; null when it was never copied. */
  readonly copied: Promise<Buffer> | null
}
