import { closeSync, fstatSync, read, readSync, type Stats } from 'node:fs'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { OpenFolder, RawName } from './open-folder.ts'
import { beginsLikeDatabase } from './walk.ts'

const readPiece = promisify(read)

/** Bytes: what is no larger is read at once, before the archive hears of it. */
const smallBytes = 1024 * 1024
const pieceBytes = 256 * 1024

/** Milliseconds within which a file system may give two changes the same time. */
const tickMs = 10

/** The stream of a file ends with this when the file is another one at its end than at its beginning. */
export class ChangedWhileRead extends Error {}

/** A file that is open for being read, as it was when it was opened. */
export interface OpenFile {
  readonly stats: Stats
  /** How many bytes of it are read: what is appended later is not. */
  readonly sizeBytes: number
  readonly isDatabase: boolean
  /** Small enough to be read in one go. */
  readonly isSmall: boolean
  close(): void
}

/** Null when it is no plain file any more. */
export function openSteadily(folder: OpenFolder, name: RawName): (OpenFile & Source) | null {
  const fd = folder.openFile(name)
  try {
    const stats = fstatSync(fd)
    if (stats.isFile()) return { ...describe(fd, stats), close: () => closeSync(fd) }
  } catch (error) {
    closeSync(fd)
    throw error
  }
  closeSync(fd)
  return null
}

/** How its content is had. */
interface Source {
  /** All of it, and whether it stayed the same meanwhile. */
  readWhole(): { readonly bytes: Buffer; readonly steady: boolean }
  /**
   * Its content in pieces; each call begins anew. At its end `onEnd` is told whether the file stayed the same, and may
   * throw so that the stream fails.
   */
  stream(onPiece: (bytes: number) => void, onEnd: (steady: boolean) => void): Readable
}

function describe(fd: number, stats: Stats): Omit<OpenFile, 'close'> & Source {
  const openedAt = Date.now()
  const isSteady = (bytes: number) => bytes === stats.size && isSame(stats, fstatSync(fd), openedAt)
  return {
    stats,
    sizeBytes: stats.size,
    isDatabase: beginsLikeDatabase(fd),
    isSmall: stats.size <= smallBytes,
    readWhole() {
      const bytes = Buffer.allocUnsafe(stats.size)
      let done = 0
      for (let count = -1; done < bytes.length && count !== 0; done += count) {
        count = readSync(fd, bytes, done, bytes.length - done, done)
      }
      return { bytes: bytes.subarray(0, done), steady: isSteady(done) }
    },
    stream: (onPiece, onEnd) =>
      Readable.from(pieces(fd, stats.size, onPiece, (bytes) => onEnd(isSteady(bytes)))),
  }
}

async function* pieces(
  fd: number,
  size: number,
  onPiece: (bytes: number) => void,
  onEnd: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let done = 0
  while (done < size) {
    const wanted = Math.min(pieceBytes, size - done)
    const { bytesRead, buffer } = await readPiece(fd, Buffer.allocUnsafe(wanted), 0, wanted, done)
    if (bytesRead === 0) break
    done += bytesRead
    onPiece(bytesRead)
    yield buffer.subarray(0, bytesRead)
  }
  onEnd(done)
}

/** A file that was changed in the moment in which it was opened may change again without getting a new time. */
function isSame(before: Stats, after: Stats, openedAt: number): boolean {
  return (
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs &&
    before.ctimeMs === after.ctimeMs &&
    Math.abs(openedAt - before.ctimeMs) > tickMs
  )
}
