import { isUtf8 } from 'node:buffer'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  type Stats,
  unlinkSync,
} from 'node:fs'

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/** A name as the system has it, one character per byte: it needs not be UTF-8. */
export type RawName = string

/** Null for a name that is no UTF-8. */
export function textOf(name: RawName): string | null {
  const bytes = Buffer.from(name, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : null
}

/** What is no UTF-8 is shown with replacement characters. */
export const shownName = (name: RawName) => Buffer.from(name, 'latin1').toString()

export const rawOf = (text: string): RawName => Buffer.from(text).toString('latin1')

/**
 * A folder that is held open. What is in it is reached through the open folder and never by the path that led to it:
 * whoever swaps a folder on that path for a link meanwhile gains nothing. (Only Linux can do that; elsewhere it is the
 * path.)
 */
export class OpenFolder {
  readonly #fd: number
  readonly #path: Buffer
  #holders = 1

  private constructor(fd: number, path: Buffer) {
    this.#fd = fd
    this.#path = process.platform === 'linux' ? Buffer.from(`/proc/self/fd/${fd}`) : path
  }

  /** Links on the way to it are followed: only who owns the place above it can set them. */
  static open(path: string): OpenFolder {
    return new OpenFolder(openSync(path, O_RDONLY | O_DIRECTORY), Buffer.from(path))
  }

  /** A folder in it; fails with ELOOP or ENOTDIR for a link. */
  enter(name: RawName): OpenFolder {
    const path = this.at(name)
    return new OpenFolder(openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path)
  }

  /** Opens it for reading, a pipe without waiting for its other end; never through a link. */
  openFile(name: RawName): number {
    return openSync(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  }

  /** In the order of their bytes. */
  names(): RawName[] {
    return readdirSync(this.#path, { encoding: 'latin1' }).sort()
  }

  look(name: RawName): Stats {
    return lstatSync(this.at(name))
  }

  linkTarget(name: RawName): RawName {
    return readlinkSync(this.at(name), 'latin1')
  }

  get stats(): Stats {
    return fstatSync(this.#fd)
  }

  /** A path that means that name in this very folder, as long as it is held. */
  at(name: RawName): Buffer {
    return Buffer.concat([this.#path, slash, Buffer.from(name, 'latin1')])
  }

  /** Removes everything in it, never following a link. */
  empty(): void {
    for (const name of this.names()) {
      if (this.look(name).isDirectory()) {
        const inner = this.enter(name)
        try {
          inner.empty()
        } finally {
          inner.release()
        }
        rmdirSync(this.at(name))
      } else {
        unlinkSync(this.at(name))
      }
    }
  }

  /** Its names are on the disk when this returns. Windows has no way to do that. */
  sync(): void {
    if (process.platform !== 'win32') fsyncSync(this.#fd)
  }

  /** It stays open until everybody who holds it has released it. */
  hold(): this {
    this.#holders++
    return this
  }

  release(): void {
    if (--this.#holders === 0) closeSync(this.#fd)
  }
}

const slash = Buffer.from('/')
