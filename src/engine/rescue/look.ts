import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { extname } from 'node:path'
import { BackupError, errorCodes, type StoredError } from '../errors.ts'
import { reasonOf } from '../failure.ts'
import { saysNoMemory, startLimited } from '../limited/start-limited.ts'
import { type Frame, FrameReader } from './frames.ts'
import type { Job } from './job.ts'
import { lookCrashed, lookStopped } from './refusals.ts'

export interface LookOptions {
  readonly signal: AbortSignal
  /** Milliseconds for everything once the file is open; null where only silence counts. */
  readonly withinMs: number | null
  /** Milliseconds for which it may say nothing while somebody listens. */
  readonly silentMs: number
  /** Seconds of a processor. The system ends a process that takes more, also when its parent is gone. */
  readonly processorSeconds: number
  /** Besides what every process gets. */
  readonly environment: Readonly<Record<string, string>>
  onQuestion(question: unknown): Promise<unknown>
}

/** Milliseconds for starting, which can take long on a crowded machine. */
const startMs = 60_000
const entry = new URL(`./child/main${extname(import.meta.url)}`, import.meta.url)
/** MiB: a value that is taken out takes three times its length at worst. */
const memoryMib = 320
const keptOutput = 4_096

/**
 * What a looking process says, frame by frame, the error and the end included as an exception and as the last frame.
 * Only as fast as it is listened to. The process is gone when this ends, however it ends.
 */
export async function* look(job: Job, options: LookOptions): AsyncGenerator<Frame> {
  const child = startLimited({ entry, memoryMib, ...options })
  const watch = new Watch(child, options)
  try {
    watch.within(startMs)
    send(child, job)
    yield* listen(child, watch, options)
  } finally {
    watch.end()
    child.kill('SIGKILL')
  }
}

async function* listen(
  child: ChildProcessWithoutNullStreams,
  watch: Watch,
  options: LookOptions,
): AsyncGenerator<Frame> {
  const reader = new FrameReader()
  const exit = exitOf(child)
  for await (const piece of child.stdout) {
    for (const frame of framesIn(reader, piece)) {
      if (frame.kind === 'ready') watch.within(options.withinMs)
      if (frame.kind === 'error') throw errorIn(frame)
      watch.pause()
      if (frame.kind === 'question') send(child, await options.onQuestion(read(frame)))
      else yield frame
      if (frame.kind === 'end') return
      watch.listen()
    }
  }
  throw watch.reason() ?? (await endedEarly(exit))
}

export function read<T>({ content }: Frame): T {
  try {
    return JSON.parse(content.toString()) as T
  } catch (error) {
    throw lookCrashed('it said what can’t be understood', String(error))
  }
}

function errorIn(frame: Frame): BackupError {
  const { code, message, hint, details } = read<StoredError>(frame)
  const isOurs = errorCodes.includes(code) && typeof message === 'string' && typeof hint === 'string'
  return isOurs
    ? BackupError.fromJSON({ code, message, hint, details: details ?? {} })
    : lookCrashed('it said what can’t be understood', '')
}

function framesIn(reader: FrameReader, piece: Buffer): readonly Frame[] {
  try {
    return reader.push(piece)
  } catch (error) {
    throw lookCrashed('it said what can’t be understood', String(error))
  }
}

/** Ends the process when it takes too long, or when nobody wants it any more. */
class Watch {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #options: LookOptions
  readonly #onAbort = () => this.#kill()
  #total: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  #late: BackupError | null = null

  constructor(child: ChildProcessWithoutNullStreams, options: LookOptions) {
    this.#child = child
    this.#options = options
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
    if (options.signal.aborted) this.#kill()
  }

  within(ms: number | null): void {
    clearTimeout(this.#total)
    if (ms !== null) this.#total = setTimeout(() => this.#tooLate(ms), ms)
  }

  /** Nobody listens now. */
  pause(): void {
    clearTimeout(this.#silence)
  }

  listen(): void {
    this.#silence = setTimeout(() => this.#tooLate(this.#options.silentMs), this.#options.silentMs)
  }

  /** Why it was ended from here; null when it was not. */
  reason(): BackupError | null {
    return this.#options.signal.aborted ? reasonOf(this.#options.signal) : this.#late
  }

  end(): void {
    clearTimeout(this.#total)
    clearTimeout(this.#silence)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
  }

  #tooLate(ms: number): void {
    this.#late = lookStopped('time', Math.round(ms / 1000))
    this.#kill()
  }

  #kill(): void {
    this.#child.kill('SIGKILL')
  }
}

function send(child: ChildProcessWithoutNullStreams, message: unknown): void {
  child.stdin.write(`${JSON.stringify(message ?? null)}\n`)
}

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

/** Listens from the start, so that nothing is missed. */
function exitOf(child: ChildProcessWithoutNullStreams): Promise<Exit> {
  let output = ''
  child.stderr.on('data', (text) => {
    output = (output + text).slice(-keptOutput)
  })
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, output: error.message }))
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
}

/** A process that V8 or the system ended for its memory says so in its last words, or is aborted. */
async function endedEarly(exit: Promise<Exit>): Promise<BackupError> {
  const { code, signal, output } = await exit
  if (signal === 'SIGXCPU') return lookStopped('time')
  if (saysNoMemory(output)) return lookStopped('memory')
  return lookCrashed(signal === null ? `exit code ${code}` : `signal ${signal}`, output)
}
