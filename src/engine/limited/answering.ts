import { readFileSync, writeSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/**
 * The other side of `runLimited`, in the process itself: reads the input, works at low priority, and says the answer.
 */
export async function answerOnce<Input, Answer>(
  work: (input: Input) => Answer | Promise<Answer>,
): Promise<void> {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Where the system doesn't allow it the work is done all the same.
  }
  say(await work(JSON.parse(readFileSync(0, 'utf8')) as Input))
}

/** The pipe takes no more than its reader does: a short write goes on. */
function say(answer: unknown): void {
  const bytes = Buffer.from(JSON.stringify(answer))
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done)
}
