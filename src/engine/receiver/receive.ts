import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { deferred } from '../deferred.ts'
import { BackupError } from '../errors.ts'
import type { Received, ReceiveOptions } from '../uploading.ts'
import type { Answer, Job } from './job.ts'

/** Milliseconds for writing what is in the pipe, and syncing it, when no more comes. */
const endWithinMs = 60_000
const nodeOptions = ['--no-opt', '--no-sparkplug', '--max-semi-space-size=1', '--single-threaded-gc']
const keptOutput = 4_096

/**
 * Hands bytes to a process that writes them. This one opens nothing: a file of the tenant that is opened and closed in
 * the application's process could cost it its locks, and a hanging disk would take its threads. Only as fast as the
 * disk. Resolves with how far the file is, also when the sender goes away or stays silent for `idleMs`.
 */
export async function receive(
  job: Job,
  { bytes, signal, idleMs }: Pick<ReceiveOptions, 'bytes' | 'signal'> & { readonly idleMs: number },
): Promise<Received> {
  const child = start(job)
  const exit = exitOf(child)
  const input = child.stdin as Writable
  // One that has ended says why itself.
  input.on('error', () => {})
  try {
    await pump(bytes, input, { gone: exit, signal, idleMs })
  } finally {
    input.end()
  }
  const { offset, error } = answerIn(await within(endWithinMs, exit, child))
  return { offset, error: error && BackupError.fromJSON(error) }
}

interface PumpOptions {
  /** Settles when nobody takes bytes any more. */
  readonly gone: Promise<unknown>
  readonly signal: AbortSignal
  readonly idleMs: number
}

/** Ends when there are no more bytes, for whatever reason. Never cancels their source: an answer goes back that way. */
async function pump(bytes: AsyncIterable<Uint8Array>, input: Writable, options: PumpOptions): Promise<void> {
  const patience = new Patience(options)
  const iterator = bytes[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await patience.wait(iterator.next())
      if (next === null || next.done) return
      if (!input.write(next.value)) await patience.wait(once(input, 'drain'))
    }
  } finally {
    patience.end()
  }
}

/** Waits for one thing after the other, until nothing is worth waiting for. Holds on to none of them. */
class Patience {
  readonly #timer: NodeJS.Timeout
  readonly #signal: AbortSignal
  readonly #stop = () => {
    this.#over = true
    this.#wake()
  }
  #over = false
  #wake: () => void = () => {}

  constructor({ gone, signal, idleMs }: PumpOptions) {
    this.#signal = signal
    this.#timer = setTimeout(this.#stop, idleMs)
    if (signal.aborted) this.#over = true
    signal.addEventListener('abort', this.#stop, { once: true })
    void gone.then(this.#stop)
  }

  /** Null when it fails, as a sender that goes away has sent what it has sent, and when it takes too long. */
  wait<T>(thing: Promise<T>): Promise<T | null> {
    this.#timer.refresh()
    return new Promise((resolve) => {
      this.#wake = () => resolve(null)
      if (this.#over) resolve(null)
      thing.then(resolve, () => resolve(null))
    })
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#stop)
  }
}

/** A minimal environment: it needs no secrets. */
function start(job: Job): ChildProcess {
  const entry = new URL(`./main${extname(import.meta.url)}`, import.meta.url)
  const { PATH = '', TMPDIR, SystemRoot } = process.env
  return spawn(process.execPath, [...nodeOptions, fileURLToPath(entry), JSON.stringify(job)], {
    env: {
      PATH,
      ...(TMPDIR && { TMPDIR }),
      ...(SystemRoot && { SystemRoot }),
      MALLOC_ARENA_MAX: '1',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** A process that waits for a dead disk ends only when the disk answers: nobody waits for that. */
async function within(ms: number, exit: Promise<Exit>, child: ChildProcess): Promise<Exit> {
  const { promise: timeUp, reject } = deferred<never>()
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    reject(unanswered(ms))
  }, ms)
  try {
    return await Promise.race([timeUp, exit])
  } finally {
    clearTimeout(timer)
  }
}

function unanswered(afterMs: number): BackupError {
  return new BackupError('timed-out', `The disk did not take the upload within ${afterMs / 1000} s`, {
    hint: 'Check the disk, or the network if the folder lies on another machine. The upload can go on afterwards.',
  })
}

interface Exit {
  readonly how: string
  readonly said: string
  readonly output: string
}

function exitOf(child: ChildProcess): Promise<Exit> {
  let said = ''
  let output = ''
  const [stdout, stderr] = [child.stdout as Readable, child.stderr as Readable]
  stdout.on('data', (text) => {
    said += text
  })
  stderr.on('data', (text) => {
    output = (output + text).slice(-keptOutput)
  })
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ how: 'could not be started', said, output: error.message }))
    child.on('close', (code, signal) =>
      resolve({ how: signal === null ? `exit code ${code}` : `signal ${signal}`, said, output }),
    )
  })
}

function answerIn({ how, said, output }: Exit): Answer {
  try {
    return JSON.parse(said) as Answer
  } catch {
    throw new BackupError('worker-crashed', `The process that receives uploads ended unexpectedly (${how})`, {
      hint: 'Go on with the upload. If it happens again, look into the log and check the disk.',
      details: { how },
      cause: output === '' ? undefined : new Error(output),
    })
  }
}
