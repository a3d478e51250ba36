import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { BackupError } from '../errors.ts'
import type { Job } from './job.ts'

/** Bytes between two looks at the disk: what is synced as it goes holds nobody else's writing up at the end. */
const syncEvery = 16 * 1024 * 1024

/** Writes to the end of one file, as long as it is the file that was made for the upload. */
export class PartWriter {
  readonly #job: Job
  readonly #fd: number
  #end: number
  #synced: number

  /** Opens by name, and goes on only when that is the very file: a link, a pipe or another file is left alone. */
  constructor(job: Job) {
    this.#job = job
    this.#end = job.offset
    this.#synced = job.offset
    const { O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
    this.#fd = openSync(job.path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK)
    const stats = fstatSync(this.#fd)
    const same = stats.isFile() && stats.nlink === 1 && `${stats.dev}:${stats.ino}` === job.identity
    if (same && stats.size === job.offset) return
    closeSync(this.#fd)
    throw same ? grewMeanwhile(stats.size) : notOurs()
  }

  write(piece: Buffer): void {
    const { mostBytes } = this.#job
    if (mostBytes !== null && this.#end + piece.length > mostBytes) throw tooLong(mostBytes)
    for (let done = 0; done < piece.length; ) {
      const written = writeSync(this.#fd, piece, done, piece.length - done, this.#end)
      done += written
      this.#end += written
    }
    if (this.#end - this.#synced >= syncEvery) this.#lookAtDisk()
  }

  /** Bytes of the file, all on the disk. */
  close(): number {
    fsyncSync(this.#fd)
    const { nlink } = fstatSync(this.#fd)
    closeSync(this.#fd)
    if (nlink !== 1) throw notOurs()
    return this.#end
  }

  /** Keeps what was synced, so that nobody is told of bytes that may be lost. */
  giveUp(): number {
    try {
      ftruncateSync(this.#fd, this.#synced)
      fsyncSync(this.#fd)
      closeSync(this.#fd)
    } catch {
      // Closed already, or a disk that takes nothing any more: the next look says how long it is.
    }
    return this.#synced
  }

  #lookAtDisk(): void {
    fdatasyncSync(this.#fd)
    this.#synced = this.#end
    const { bavail, bsize } = statfsSync(dirname(this.#job.path))
    const { spareBytes } = this.#job
    if (bavail * bsize < spareBytes) throw diskFull(bavail * bsize, spareBytes)
  }
}

function notOurs(): BackupError {
  return new BackupError('folder-unsafe', 'Something else lies where the upload was', {
    hint: 'Somebody else writes into the backups folder. Begin the upload again.',
  })
}

function grewMeanwhile(size: number): BackupError {
  return new BackupError('wrong-offset', `The upload has ${size} bytes by now`, {
    hint: 'Ask how far it is and go on from there.',
    details: { offset: size },
  })
}

export function tooLong(mostBytes: number): BackupError {
  return new BackupError('upload-too-large', `No more than ${mostBytes} bytes are taken for this upload`, {
    hint: 'Send what was announced, or ask the operator for a higher limit.',
    details: { max: mostBytes },
  })
}

function diskFull(free: number, spare: number): BackupError {
  return new BackupError('disk-full', `The upload stopped: only ${free} bytes are free on the disk`, {
    hint: 'Free some space and go on, or keep the backups on a bigger disk.',
    details: { freeBytes: free, neededBytes: spare },
  })
}
