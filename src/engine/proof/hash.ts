import { createHash } from 'node:crypto'
import { read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { reasonOf } from '../failure.ts'

/** Bytes read at once: small enough that the process answers messages between two pieces. */
const pieceBytes = 256 * 1024

const readPiece = promisify(read)

export interface HashOptions {
  readonly signal: AbortSignal
  onProgress(done: number): void
}

/** SHA-256 of what an open file holds, hexadecimal. The caller opens and closes it. */
export async function hashFile(fd: number, options: HashOptions): Promise<string> {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(pieceBytes)
  for (let done = 0; ; ) {
    const { bytesRead } = await readPiece(fd, piece, 0, pieceBytes, done)
    if (options.signal.aborted) throw reasonOf(options.signal)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(piece.subarray(0, bytesRead))
    done += bytesRead
    options.onProgress(done)
  }
}

/** The same without letting anything else happen meanwhile. */
export function hashSmallFile(fd: number, { signal, onProgress }: HashOptions): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(pieceBytes)
  for (let done = 0; ; ) {
    const bytesRead = readSync(fd, piece, 0, pieceBytes, done)
    if (signal.aborted) throw reasonOf(signal)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(piece.subarray(0, bytesRead))
    done += bytesRead
    onProgress(done)
  }
}
