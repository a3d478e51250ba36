import { createInterface } from 'node:readline/promises'
import type { ReadStream, WriteStream } from 'node:tty'
import { cancelled } from '../../engine/failure.ts'
import { visible } from '../visible.ts'
import { choose } from './choose.ts'

/** Somebody who can be asked. Questions go to standard error, so that results can be piped away. Ctrl-C cancels. */
export interface Terminal {
  say(line: string): void
  /** A line of text; what is given in advance can be changed. */
  ask(question: string, given: string): Promise<string>
  /** No unless one of `yes` is typed. */
  confirm(question: string, yes: readonly string[]): Promise<boolean>
  /** Arrow keys or numbers; returns the index. */
  choose(question: string, choices: readonly string[], help: string): Promise<number>
}

export function openTerminal(input: ReadStream, output: WriteStream, signal: AbortSignal): Terminal {
  const ask = (question: string, given: string) => askLine({ input, output, signal }, question, given)
  return {
    say: (line) => void output.write(`${visible(line)}\n`),
    ask,
    async confirm(question, yes) {
      const answer = await ask(question, '')
      return yes.includes(answer.trim().toLowerCase())
    },
    choose: (question, choices, help) =>
      choose({ input, output, signal }, { question, choices: choices.map(visible), help }),
  }
}

export interface Ends {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly signal: AbortSignal
}

async function askLine({ input, output, signal }: Ends, question: string, given: string): Promise<string> {
  const lines = createInterface({ input, output, terminal: true })
  const stop = new AbortController()
  const onEnd = () => stop.abort()
  lines.on('SIGINT', onEnd)
  // Ctrl-D, or a terminal that was closed.
  lines.on('close', onEnd)
  try {
    const answer = lines.question(`${visible(question)} `, { signal: AbortSignal.any([signal, stop.signal]) })
    lines.write(given)
    return await answer
  } catch {
    output.write('\n')
    throw cancelled()
  } finally {
    lines.off('close', onEnd)
    lines.close()
  }
}
