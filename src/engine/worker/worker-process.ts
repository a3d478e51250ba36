import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { deferred } from '../deferred.ts'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import type {
  Answer,
  Arguments,
  FromWorker,
  OperationName,
  Question,
  ToWorker,
  WorkerSettings,
} from './protocol.ts'

export interface WorkerStart {
  /** What the process runs, and how Node is started for it; that of the tenants' workers when it is left out. */
  readonly program?: WorkerProgram
  readonly settings: WorkerSettings
  /** Besides what every process gets. */
  readonly environment: Readonly<Record<string, string>>
}

export interface WorkerProgram {
  readonly entry: URL
  readonly nodeOptions: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** What a caller hears while its call runs. */
export interface CallListener {
  onProgress?(message: Extract<FromWorker, { kind: 'progress' }>): void
  onCommitted?(): void
  onQuestion?(about: Question): Promise<unknown>
}

export interface Call<Name extends OperationName> {
  readonly id: number
  readonly answer: Promise<Answer<Name>>
}

interface Pending {
  readonly listener: CallListener
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** Bytes of its error output that are kept as the cause of a crash. */
const keptOutput = 4_096

/** Milliseconds that are granted to a killed process for ending. */
const endWithinMs = 2_000

/** The process was killed with calls in flight, which may have been because of another one of them. */
export class WorkerKilled extends Error {}

/** One child process and the calls that it has in flight. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #onUnusable: () => void
  readonly #onIdle: () => void
  readonly #exit = deferred<void>()
  #lastId = 0
  #output = ''
  #killed = false
  #exited = false

  /** `onUnusable` comes once: when it is killed, or has ended by itself. */
  constructor(start: WorkerStart, events: { onUnusable(): void; onIdle(): void }) {
    this.#onUnusable = events.onUnusable
    this.#onIdle = events.onIdle
    this.#child = startChild(start)
    this.#child.stderr?.on('data', (text) => {
      this.#output = (this.#output + text).slice(-keptOutput)
    })
    this.#child.on('message', (message: FromWorker) => this.#receive(message))
    this.#child.on('error', () => {
      if (this.#child.pid === undefined) this.#ended('could not be started')
    })
    this.#child.on('exit', (code, signal) =>
      this.#ended(signal === null ? `exit code ${code}` : `signal ${signal}`),
    )
    this.#keepParentAlive(false)
  }

  get usable(): boolean {
    return !this.#exited && !this.#killed && this.#child.connected
  }

  get callCount(): number {
    return this.#pending.size
  }

  call<Name extends OperationName>(
    name: Name,
    input: Arguments<Name>,
    listener: CallListener = {},
    waitedMs = 0,
  ): Call<Name> {
    const id = ++this.#lastId
    if (!this.usable) return { id, answer: Promise.reject(new WorkerKilled()) }
    const { promise, resolve, reject } = deferred<Answer<Name>>()
    this.#pending.set(id, { listener, resolve: resolve as (answer: unknown) => void, reject })
    this.#keepParentAlive(true)
    this.#send({ kind: 'call', id, name, arguments: input, waitedMs })
    return { id, answer: promise }
  }

  cancel(id: number, error: BackupError): void {
    this.#send({ kind: 'cancel', id, error: error.toJSON() })
  }

  /** Resolves when the process is gone, which a dead disk can put off for ever. */
  get exit(): Promise<void> {
    return this.#exit.promise
  }

  /**
   * Nothing catches this: it works also while the process is in the middle of a long call. Calls in flight reject
   * `WorkerKilled` at once, because a process that waits for a dead disk ends only when the disk answers.
   */
  kill(): void {
    if (this.#killed || this.#exited) return
    this.#killed = true
    this.#child.kill('SIGKILL')
    this.#keepParentAlive(false)
    this.#abandon(new WorkerKilled())
  }

  /** Kills it and resolves when it is gone, which the parent waits for, but not for ever. */
  async end(withinMs = endWithinMs): Promise<void> {
    this.kill()
    if (this.#exited) return
    this.#keepParentAlive(true)
    const { promise: timeUp, resolve } = deferred<void>()
    const timer = setTimeout(resolve, withinMs)
    await Promise.race([this.exit, timeUp])
    clearTimeout(timer)
    this.#keepParentAlive(false)
  }

  #send(message: ToWorker): void {
    // A process that has just ended says so itself with 'exit'.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #receive(message: FromWorker): void {
    const pending = this.#pending.get(message.id)
    if (pending === undefined) return
    const { listener } = pending
    if (message.kind === 'progress') listener.onProgress?.(message)
    if (message.kind === 'committed') listener.onCommitted?.()
    if (message.kind === 'question') void this.#answer(message, listener)
    if (message.kind === 'done' || message.kind === 'failed') this.#settle(message, pending)
  }

  async #answer(
    { question, about }: Extract<FromWorker, { kind: 'question' }>,
    listener: CallListener,
  ): Promise<void> {
    try {
      this.#send({ kind: 'answer', question, answer: (await listener.onQuestion?.(about)) ?? null })
    } catch (error) {
      const refusal = failureFrom(error, 'The worker process could not be answered')
      this.#send({ kind: 'refusal', question, error: refusal.toJSON() })
    }
  }

  #settle(message: Extract<FromWorker, { kind: 'done' | 'failed' }>, pending: Pending): void {
    this.#pending.delete(message.id)
    if (message.spent) this.kill()
    if (message.kind === 'done') pending.resolve(message.answer)
    else pending.reject(BackupError.fromJSON(message.error))
    if (this.#pending.size === 0 && !this.#killed) {
      this.#keepParentAlive(false)
      this.#onIdle()
    }
  }

  #ended(how: string): void {
    if (this.#exited) return
    this.#exited = true
    this.#exit.resolve()
    if (!this.#killed) this.#abandon(crashed(how, this.#output))
  }

  #abandon(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error)
    this.#pending.clear()
    this.#onUnusable()
  }

  /** A parent with nothing else to do may end while the process idles; not while it works. */
  #keepParentAlive(alive: boolean): void {
    const channel = this.#child.channel
    if (alive) {
      this.#child.ref()
      channel?.ref?.()
    } else {
      this.#child.unref()
      channel?.unref?.()
    }
  }
}

/**
 * What keeps a process below 64 MiB and takes it no longer: it waits, and works in SQLite and OpenSSL. One compiler of
 * V8's remains, for adding up a log's checksum.
 */
export const nodeOptions = ['--no-opt', '--no-sparkplug', '--max-semi-space-size=1', '--single-threaded-gc']
const fewArenas = { MALLOC_ARENA_MAX: '1' }

const vaultProgram: WorkerProgram = {
  entry: new URL(`./main${extname(import.meta.url)}`, import.meta.url),
  nodeOptions,
  environment: fewArenas,
}

/** A minimal environment: the process needs no secrets. No options of the parent's Node either. */
function startChild({ settings, environment, program = vaultProgram }: WorkerStart): ChildProcess {
  const child = fork(program.entry, [JSON.stringify(settings)], {
    env: {
      ...pick('PATH', 'TMPDIR', 'LANG', 'SystemRoot'),
      ...program.environment,
      ...environment,
      SQLITE_USE_URI: '1',
    },
    execArgv: [...program.nodeOptions],
    serialization: 'json',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const { stderr } = child
  if (stderr !== null && 'unref' in stderr && typeof stderr.unref === 'function') stderr.unref()
  return child
}

function pick(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

function crashed(how: string, output: string): BackupError {
  return new BackupError('worker-crashed', `The worker process ended unexpectedly (${how})`, {
    hint: 'What it had begun is taken back at the next start or run. Try again; if it happens again, look into the log.',
    details: { how },
    cause: output === '' ? undefined : new Error(output),
  })
}
