import { readSync, writeSync } from 'node:fs'
import { type FrameKind, frameHead } from '../frames.ts'

const [input, output] = [0, 1]
let waiting = Buffer.alloc(0)

/** Writes one frame, and waits for as long as the other side takes no more. */
export function say(kind: FrameKind, content: object | Buffer): void {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
  const frame = Buffer.concat([frameHead(kind, bytes.length), bytes])
  for (let done = 0; done < frame.length; ) done += writeSync(output, frame, done)
}

/** Ends the process when nobody is there any more. */
export function readMessage(): unknown {
  for (;;) {
    const end = waiting.indexOf('\n')
    if (end >= 0) {
      const line = waiting.subarray(0, end)
      waiting = waiting.subarray(end + 1)
      return JSON.parse(line.toString())
    }
    const piece = Buffer.alloc(64 * 1024)
    const read = readSync(input, piece, 0, piece.length, null)
    if (read === 0) process.exit(0)
    waiting = Buffer.concat([waiting, piece.subarray(0, read)])
  }
}

export function ask(question: object): unknown {
  say('question', question)
  return readMessage()
}
