import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { reasonOf } from '../failure.ts'
import { saysNoMemory, startLimited } from './start-limited.ts'

/** What a process that reads hostile bytes may take. The system enforces it, also when the parent is gone. */
export interface Limits {
  /** Private memory beside what Node itself takes, in MiB. */
  readonly memoryMib: number
  /** Of that, what V8 may take for objects, where the usual is not enough. */
  readonly heapMib?: number
  /** From the start to the answer, in milliseconds; the time of a processor is limited to the same. */
  readonly withinMs: number
}

/** How it ended: with an answer, at one of its limits, or by dying of what it read. */
export type LimitedEnd<Answer> =
  | { readonly why: 'answer'; readonly answer: Answer }
  | { readonly why: 'time' | 'memory' }
  | { readonly why: 'crash'; readonly how: string }

/** Why a check has no answer, for people. */
export function whyUnanswered(
  end: Exclude<LimitedEnd<unknown>, { readonly why: 'answer' }>,
  { memoryMib, withinMs }: Limits,
): string {
  if (end.why === 'time') return `its check took longer than ${Math.ceil(withinMs / 1000)} s`
  if (end.why === 'memory') return `its check took more than ${memoryMib} MiB of memory`
  return `its check ended unexpectedly (${'how' in end ? end.how : ''})`
}

/** Bytes; a longer answer is none of ours. */
const longestAnswer = 4 * 1024 * 1024
const keptOutput = 4_096

/**
 * Runs a module of ours in a process of its own that reads what may have been made to do harm, and answers with
 * `answerOnce`. Rejects only when `signal` aborts, and when it can't be started. The process is gone when this settles.
 * The deadline holds on every system.
 */
export async function runLimited<Answer>(
  entry: URL,
  input: unknown,
  { withinMs, ...memory }: Limits,
  { signal }: { readonly signal: AbortSignal },
): Promise<LimitedEnd<Answer>> {
  if (signal.aborted) throw reasonOf(signal)
  const child = startLimited({ entry, ...memory, processorSeconds: Math.ceil(withinMs / 1000) + 1 })
  child.stdin.end(JSON.stringify(input))
  let late = false
  const kill = () => void child.kill('SIGKILL')
  const timer = setTimeout(() => {
    late = true
    kill()
  }, withinMs)
  signal.addEventListener('abort', kill, { once: true })
  try {
    const said = await exitOf(child)
    if (signal.aborted) throw reasonOf(signal)
    return late ? { why: 'time' } : endOf<Answer>(said)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
  }
}

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly answer: string
  readonly output: string
}

function exitOf(child: ChildProcessWithoutNullStreams): Promise<Exit> {
  let answer = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text
    if (answer.length > longestAnswer) child.kill('SIGKILL')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-keptOutput)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, answer, output }))
  })
}

function endOf<Answer>({ code, signal, answer, output }: Exit): LimitedEnd<Answer> {
  if (code === 0) {
    try {
      return { why: 'answer', answer: JSON.parse(answer) as Answer }
    } catch {
      return { why: 'crash', how: 'no answer' }
    }
  }
  if (signal === 'SIGXCPU') return { why: 'time' }
  if (saysNoMemory(output)) return { why: 'memory' }
  return { why: 'crash', how: signal === null ? `exit code ${code}` : `signal ${signal}` }
}
