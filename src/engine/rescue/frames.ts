/**
 * What a looking process writes to its standard output: frames of one letter, four bytes of length (little endian),
 * and content. Its standard input has one line of JSON per message: the job, and answers.
 */
export const frameKinds = {
  /** JSON: it has opened the file, and what it is going to say. */
  ready: 'R',
  /** JSON: one thing that it found. */
  item: 'I',
  /** Bytes of what is taken out. */
  data: 'D',
  /** JSON: so far. It is alive. */
  tick: 'T',
  /** JSON: a question; the next line of input answers it. */
  question: 'Q',
  /** JSON: it is done. */
  end: 'E',
  /** JSON: a stored error; nothing follows. */
  error: 'X',
} as const

export type FrameKind = keyof typeof frameKinds

export interface Frame {
  readonly kind: FrameKind
  readonly content: Buffer
}

export const headBytes = 5
/** What reads a hostile file may have been taken over by it: nothing longer is believed. */
const longestFrame = 16 * 1024 * 1024

const kindOf = new Map(Object.entries(frameKinds).map(([kind, letter]) => [letter.charCodeAt(0), kind]))

export function frameHead(kind: FrameKind, length: number): Buffer {
  const head = Buffer.alloc(headBytes)
  head.write(frameKinds[kind], 0, 'latin1')
  head.writeUInt32LE(length, 1)
  return head
}

/** Cuts what arrives into frames. Throws for anything that is none. */
export class FrameReader {
  #pieces: Buffer[] = []
  #length = 0

  /** The frames that are complete now. */
  push(piece: Buffer): readonly Frame[] {
    const frames: Frame[] = []
    this.#pieces.push(piece)
    this.#length += piece.length
    for (let wanted = this.#wanted(); this.#length >= wanted; wanted = this.#wanted()) {
      const whole = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
      this.#length = whole.length - wanted
      this.#pieces = this.#length === 0 ? [] : [whole.subarray(wanted)]
      frames.push({ kind: kindOf.get(whole[0]!) as FrameKind, content: whole.subarray(headBytes, wanted) })
    }
    return frames
  }

  /** Bytes of the next frame; of its head as long as that is not here. */
  #wanted(): number {
    if (this.#length < headBytes) return headBytes
    if (this.#pieces[0]!.length < headBytes) this.#pieces = [Buffer.concat(this.#pieces)]
    const first = this.#pieces[0]!
    const length = first.readUInt32LE(1)
    if (!kindOf.has(first[0]!) || length > longestFrame) throw new Error('This is no frame')
    return headBytes + length
  }
}
