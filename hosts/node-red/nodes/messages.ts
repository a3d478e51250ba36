import type { TaskResult } from 'automate-plugin-backup/host'
import type { Message } from '../red.ts'

type Outputs = readonly [made: Message | null, failed: Message | null]

/**
 * What leaves the node at the end of a run: on the first output one message for each thing that was made, with `parts`
 * so that a join node can collect them; on the second the error. A run that was only partly done sends both.
 */
export function messagesFor(
  message: Message,
  { outcome, output, error, message: text }: TaskResult,
): readonly Outputs[] {
  const made = madeIn(output)
  const sent = made.map((payload, index): Outputs => {
    const parts = {
      id: String(output?.runId ?? message._msgid ?? ''),
      index,
      count: made.length,
      type: 'array',
    }
    return [{ ...message, payload, ...(made.length > 1 ? { parts } : {}) }, null]
  })
  if (error) return [...sent, [null, { ...message, payload: error }]]
  if (sent.length > 0) return sent
  const isGood = outcome === 'completed'
  const plain = {
    ...message,
    payload: isGood ? { message: text } : { code: outcome, message: text, hint: '' },
  }
  return [isGood ? [plain, null] : [null, plain]]
}

function madeIn(output: TaskResult['output']): readonly unknown[] {
  return Array.isArray(output?.backups) ? output.backups : []
}
