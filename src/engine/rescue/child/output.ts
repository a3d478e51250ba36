import { say } from './channel.ts'

/** Bytes that are sent at once. */
const flushAt = 64 * 1024
const signEveryMs = 500

/** What is taken out, on its way to the parent. */
export class Output {
  #pieces: (string | Buffer)[] = []
  #length = 0
  #rows = 0
  #saidAt = performance.now()

  write(piece: string | Buffer): void {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length >= flushAt) this.flush(this.#rows)
  }

  /** After a row: `rows` of them are complete. */
  pass(rows: number): void {
    this.#rows = rows
  }

  flush(rows: number): void {
    if (this.#length > 0) {
      const pieces = this.#pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))
      say('data', Buffer.concat(pieces))
      this.#pieces = []
      this.#length = 0
    }
    this.#tell(rows)
  }

  /** While nothing is found for long: what there is goes out, and the parent hears that this process is alive. */
  sign(rows: number): void {
    if (performance.now() - this.#saidAt >= signEveryMs) this.flush(rows)
  }

  #tell(rows: number): void {
    say('tick', { rows })
    this.#saidAt = performance.now()
  }
}
