import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'

/** What a file is cut into, so that several threads can work on it. */
export const pieceBytes = 256 * 1024
/** The most of a file that is in memory as a whole. */
export const smallBytes = 1024 * 1024

/** What is in memory, cut in the same way. None of nothing. */
export function cut(bytes: Buffer): readonly Buffer[] {
  if (bytes.length <= pieceBytes) return bytes.length === 0 ? [] : [bytes]
  return Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  )
}

/** A stream in pieces, each but the last of the full size, and what is known of all that was read. */
export class Pieces {
  readonly #stream: Readable
  readonly #chunks: AsyncIterator<Buffer | string>
  readonly #hash = createHash('sha256')
  #left: Buffer | null = null
  #ended = false
  crc = 0
  sizeBytes = 0

  constructor(stream: Readable) {
    this.#stream = stream
    // What it says after it was destroyed concerns nobody.
    stream.on('error', () => {})
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /** Null at the end. Rejects with the stream's own error. */
  async next(): Promise<Buffer | null> {
    const parts: Buffer[] = []
    let length = 0
    while (length < pieceBytes) {
      const chunk = await this.#chunk()
      if (chunk === null) break
      const part = chunk.subarray(0, pieceBytes - length)
      if (part.length < chunk.length) this.#left = chunk.subarray(part.length)
      parts.push(part)
      length += part.length
    }
    const [only] = parts
    return only === undefined || parts.length > 1 ? orNull(Buffer.concat(parts, length)) : only
  }

  /** Its first `smallBytes`, or all of it if there is no more. */
  async first(): Promise<{ readonly pieces: readonly Buffer[]; readonly isAll: boolean }> {
    const pieces: Buffer[] = []
    for (let length = 0; length <= smallBytes; length += pieces.at(-1)?.length ?? 0) {
      const piece = await this.next()
      if (piece === null) return { pieces, isAll: true }
      pieces.push(piece)
    }
    return { pieces, isAll: false }
  }

  sha256(): string {
    return this.#hash.digest('hex')
  }

  destroy(): void {
    this.#stream.destroy()
  }

  async #chunk(): Promise<Buffer | null> {
    const left = this.#left
    this.#left = null
    if (left !== null) return left
    while (!this.#ended) {
      const { done, value } = await this.#chunks.next()
      if (done) this.#ended = true
      else if (value.length > 0) return this.#noted(Buffer.isBuffer(value) ? value : Buffer.from(value))
    }
    return null
  }

  #noted(chunk: Buffer): Buffer {
    this.crc = crc32(chunk, this.crc)
    this.#hash.update(chunk)
    this.sizeBytes += chunk.length
    return chunk
  }
}

const orNull = (bytes: Buffer) => (bytes.length === 0 ? null : bytes)
