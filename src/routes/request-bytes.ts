/** Bytes and milliseconds that are read and thrown away at most, so that an answer reaches who is still sending. */
const mostDiscarded = 8 * 1024 * 1024
const discardMs = 1_000

/**
 * The body of a request, piece by piece. Leaving it early never cancels the request, because its answer goes back on
 * the same connection.
 */
export class RequestBytes {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null
  #ended: boolean

  constructor({ body }: Request) {
    this.#reader = body === null ? null : body.getReader()
    this.#ended = body === null
  }

  async *iterate(): AsyncGenerator<Uint8Array> {
    for (let piece = await this.#read(); piece !== null; piece = await this.#read()) yield piece
  }

  /**
   * Reads the rest of a small body that nobody wants. False when there is more: then the connection has to be closed
   * after the answer.
   */
  async discard(): Promise<boolean> {
    const timeUp = AbortSignal.timeout(discardMs)
    const late = new Promise<null>((resolve) => timeUp.addEventListener('abort', () => resolve(null)))
    try {
      for (let read = 0; !this.#ended && !timeUp.aborted && read <= mostDiscarded; )
        read += (await Promise.race([this.#read(), late]))?.length ?? 0
    } catch {
      // Who sent it is gone.
    }
    return this.#ended
  }

  async #read(): Promise<Uint8Array | null> {
    if (this.#reader === null) return null
    const { done, value } = await this.#reader.read()
    if (!done) return value
    this.#ended = true
    return null
  }
}

/** Throws what `work` throws, after the rest of the body was thrown away. */
export async function readingBody<T>(
  request: Request,
  work: (bytes: RequestBytes) => Promise<T>,
): Promise<T> {
  const bytes = new RequestBytes(request)
  try {
    return await work(bytes)
  } catch (error) {
    throw (await bytes.discard()) ? error : new LeftUnread(error)
  }
}

/** What went wrong while more was being sent than is worth reading: its answer ends the connection. */
export class LeftUnread extends Error {
  constructor(cause: unknown) {
    super('The request was not read to its end', { cause })
  }
}
