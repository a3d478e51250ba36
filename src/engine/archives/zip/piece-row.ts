import { deflatePiece, dictionaryBytes, lastBlock } from './deflate.ts'

/** Pieces of one file that are in memory. */
const piecesAtOnce = 12

/** The pieces of one file, deflated side by side and taken in their order. Together they are one DEFLATE stream. */
export class PieceRow {
  readonly #level: number
  readonly #underWay: Promise<Buffer>[] = []
  #before: Buffer | undefined

  constructor(level: number) {
    this.#level = level
  }

  get isFull(): boolean {
    return this.#underWay.length >= piecesAtOnce
  }

  add(piece: Buffer): void {
    const packing = deflatePiece(piece, this.#before, this.#level)
    // Awaited in its turn; until then a failure must not count as unhandled.
    packing.catch(() => {})
    this.#underWay.push(packing)
    this.#before = piece.subarray(-dictionaryBytes)
  }

  /** Undefined when none is left. */
  next(): Promise<Buffer> | undefined {
    return this.#underWay.shift()
  }

  /** All that is left, and the end of the stream. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let next = this.next(); next !== undefined; next = this.next()) yield next
    yield lastBlock
  }
}
