import { type ChildProcess, spawn } from 'node:child_process'
import { extname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { reasonOf } from '../failure.ts'

/** What a process that reads hostile bytes may take. The system enforces it, also when the parent is gone. */
export interface Limits {
  /** Private memory beside what Node itself takes, in MiB. */
  readonly memoryMib: number
  /** From the start to the answer, in milliseconds; the time of a processor is limited to the same. */
  readonly withinMs: number
}

/** How it ended: with an answer, at one of its limits, or by dying of what it read. */
export type LimitedEnd<Answer> =
  | { readonly why: 'answer'; readonly answer: Answer }
  | { readonly why: 'time' | 'memory' }
  | { readonly why: 'crash'; readonly how: string }

/** As published it is JavaScript; from a checkout Node takes the types away first. */
const isCompiled = extname(import.meta.url) === '.js'
/**
 * Without a compiler at run time no memory of the process is ever executable, and V8 doesn't reserve half a GiB that
 * counts as memory. Taking types away needs one.
 */
const nodeOptions = [
  ...(isCompiled ? ['--jitless'] : []),
  '--max-old-space-size=96',
  '--max-semi-space-size=2',
  '--single-threaded-gc',
]
/** MiB that an idle process of ours counts for. */
const ownMib = isCompiled ? 64 : 640
/** Bytes; a longer answer is none of ours. */
const longestAnswer = 4 * 1024 * 1024
const keptOutput = 4_096

/**
 * Set by the shell, because Node can't: no core files, private memory, seconds of a processor, and not a byte into any
 * file. `exec` makes the shell itself become the program.
 */
const withLimits = 'ulimit -c 0; ulimit -f 0; ulimit -d "$1"; ulimit -t "$2"; shift 2; exec "$@"'

/**
 * Runs a module of ours in a process of its own that reads what may have been made to do harm. It is handed `input` as
 * its first argument and says its answer as JSON on standard output. Rejects only when `signal` aborts, and when it
 * can't be started. The process is gone when this settles. On macOS the system does not enforce the limit of memory, on
 * Windows none; the deadline holds everywhere.
 */
export async function runLimited<Answer>(
  entry: URL,
  input: unknown,
  limits: Limits,
  { signal }: { readonly signal: AbortSignal },
): Promise<LimitedEnd<Answer>> {
  if (signal.aborted) throw reasonOf(signal)
  const child = start(entry, input, limits)
  let late = false
  const kill = () => void child.kill('SIGKILL')
  const timer = setTimeout(() => {
    late = true
    kill()
  }, limits.withinMs)
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

function start(entry: URL, input: unknown, { memoryMib, withinMs }: Limits): ChildProcess {
  const program = [process.execPath, ...nodeOptions, fileURLToPath(entry), JSON.stringify(input)]
  const memoryKib = String((memoryMib + ownMib) * 1024)
  const seconds = String(Math.ceil(withinMs / 1000) + 1)
  const [command, ...rest] =
    process.platform === 'win32'
      ? program
      : ['/bin/sh', '-c', withLimits, 'limited', memoryKib, seconds, ...program]
  const { PATH = '', TMPDIR, SystemRoot } = process.env
  return spawn(command!, rest, {
    // It needs no secrets, and takes no options from the environment.
    env: {
      PATH,
      ...(TMPDIR && { TMPDIR }),
      ...(SystemRoot && { SystemRoot }),
      MALLOC_ARENA_MAX: '1',
      UV_THREADPOOL_SIZE: '1',
      SQLITE_USE_URI: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly answer: string
  readonly output: string
}

function exitOf(child: ChildProcess): Promise<Exit> {
  let answer = ''
  let output = ''
  const [stdout, stderr] = [child.stdout as Readable, child.stderr as Readable]
  stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text
    if (answer.length > longestAnswer) child.kill('SIGKILL')
  })
  stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-keptOutput)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, answer, output }))
  })
}

/** What V8 and the C library say when they get no more memory. */
const saysMemory = /out of memory|allocation failed|bad_alloc|Cannot allocate/i

function endOf<Answer>({ code, signal, answer, output }: Exit): LimitedEnd<Answer> {
  if (code === 0) {
    try {
      return { why: 'answer', answer: JSON.parse(answer) as Answer }
    } catch {
      return { why: 'crash', how: 'no answer' }
    }
  }
  if (signal === 'SIGXCPU') return { why: 'time' }
  if (saysMemory.test(output)) return { why: 'memory' }
  return { why: 'crash', how: signal === null ? `exit code ${code}` : `signal ${signal}` }
}
