import { deferred } from '../deferred.ts'
import { BackupError } from '../errors.ts'
import { reasonOf } from '../failure.ts'
import { type Findings, type IntegrityTask, smallBytes } from '../proof/findings.ts'
import type { Answer, Arguments, HeavyName, LightName, Question } from './protocol.ts'
import { type Slot, Slots } from './slots.ts'
import { WaitingLine } from './waiting-line.ts'
import { type CallListener, WorkerKilled, type WorkerStart } from './worker-process.ts'

export interface PoolOptions extends WorkerStart {
  readonly processes: number
  /** How long a process without work stays. */
  readonly idleMs: number
  /** How long a light call may take. */
  readonly lightMs: number
  /** How long a cancelled call may take to end by itself before its process is killed. */
  readonly graceMs: number
}

export interface HeavyOptions {
  readonly signal: AbortSignal
  readonly listener: Pick<CallListener, 'onProgress'> & {
    isBeingRead?(name: string): boolean
    takeOver?(): Promise<void>
  }
}

/** A heavy call was cancelled and its process had to be killed: what it had begun is still on the disk. */
export class KilledInFlight extends Error {}

/** How often a light call is begun at most: several dead disks in a row are no reason to go on for ever. */
const lightTries = 3

/** Milliseconds that a call which only reads waits for the process of a run before another is made free for it. */
const patienceMs = 500

/** Calls that change nothing. */
const reading: ReadonlySet<LightName> = new Set<LightName>(['inspect', 'outbox', 'find', 'findMissing'])

const isCrash = (error: unknown) => error instanceof BackupError && error.code === 'worker-crashed'

/**
 * A few worker processes. Heavy calls get one each and wait in line; light ones go to any at once. While there is a
 * process to spare it checks for the others.
 */
export class WorkerPool {
  readonly #options: PoolOptions
  readonly #slots: Slots
  readonly #line: WaitingLine<Slot>
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#line = new WaitingLine(() => (this.#closed ? null : this.#slots.takeFor('run')))
    this.#slots = new Slots({ ...options, onRoom: () => this.#line.serve() })
  }

  /** Rejects `KilledInFlight` when the process had to be killed, otherwise with what the call or the signal says. */
  async heavy<Name extends HeavyName>(
    name: Name,
    input: Arguments<Name>,
    options: HeavyOptions,
  ): Promise<Answer<Name>> {
    if (this.#closed) throw closing()
    const asked = performance.now()
    const folder = 'vault' in input ? input.vault.folder : ''
    const place = this.#line.enter({ folder, patient: 'patient' in input && input.patient, ...options })
    if (this.#line.wanting) this.#slots.giveUpCheck()
    const slot = await place
    try {
      return await this.#runHeavy(slot, name, input, { ...options, waitedMs: performance.now() - asked })
    } catch (error) {
      if (!(error instanceof WorkerKilled)) throw error
      if (this.#closed) throw closing()
      throw options.signal.aborted ? new KilledInFlight() : killedByAnother()
    } finally {
      this.#slots.release(slot)
      this.#line.leave(folder)
      this.#line.serve()
    }
  }

  /**
   * Made again when a process that it shared was killed because of another call, and when one crashed that was only
   * reading. Rejects `timed-out` when a disk doesn't answer: its process is killed, so that it keeps nobody else.
   */
  async light<Name extends LightName>(name: Name, input: Arguments<Name>): Promise<Answer<Name>> {
    for (let left = lightTries - 1; ; left--) {
      try {
        return await this.#callLight(name, input)
      } catch (error) {
        const killed = error instanceof WorkerKilled
        if (!killed && !(reading.has(name) && isCrash(error))) throw error
        if (this.#closed) throw closing()
        if (name === 'remove') throw unknownRemoval()
        if (left === 0) throw killed ? killedByAnother() : error
      }
    }
  }

  async #callLight<Name extends LightName>(name: Name, input: Arguments<Name>): Promise<Answer<Name>> {
    const { lightMs } = this.#options
    if (this.#closed) throw closing()
    const { process, takenFor } = this.#slots.pick()
    const { promise: timeUp, reject } = deferred<never>()
    const again = deferred<Answer<Name>>()
    // A run whose disk hangs keeps its process from answering. A check that has the other one gives way then.
    const patience = setTimeout(() => {
      if (takenFor !== 'run' || !reading.has(name) || !this.#slots.freeOne()) return
      this.#callLight(name, input).then(again.resolve, again.reject)
    }, patienceMs)
    const timer = setTimeout(() => {
      reject(unanswered(lightMs))
      process.kill()
    }, lightMs)
    try {
      return await Promise.race([timeUp, process.call(name, input).answer, again.promise])
    } finally {
      clearTimeout(timer)
      clearTimeout(patience)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#line.refuseAll(closing)
    await this.#slots.close()
  }

  async #runHeavy<Name extends HeavyName>(
    slot: Slot,
    name: Name,
    input: Arguments<Name>,
    { signal, listener, waitedMs }: HeavyOptions & { readonly waitedMs: number },
  ): Promise<Answer<Name>> {
    const { process } = slot
    let timer: NodeJS.Timeout | undefined
    let committed = false
    const onCommitted = () => {
      committed = true
    }
    const onQuestion = async (about: Question) => {
      if (about.kind === 'check') return this.#check(about.task, signal)
      if (about.kind === 'take-over') return listener.takeOver?.()
      return listener.isBeingRead?.(about.name) ?? false
    }
    const onProgress = (message: Progressed) => {
      if (foretellsCheck(message) && !this.#line.wanting) this.#slots.prepare()
      listener.onProgress?.(message)
    }
    const call = process.call(name, input, { onProgress, onCommitted, onQuestion }, waitedMs)
    const onAbort = () => {
      // Too late to cancel, but not to stop waiting for a disk that hangs: what was published stays.
      if (!committed) process.cancel(call.id, reasonOf(signal))
      timer = setTimeout(() => process.kill(), this.#options.graceMs)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await call.answer
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /**
   * What another process finds out about a file; null when none is free or when it had to make room. A check can't be
   * stopped, so its process is killed when nobody waits for it any more. It reads only, and holds no lock.
   */
  async #check(task: IntegrityTask, signal: AbortSignal): Promise<Findings | null> {
    const slot = this.#closed || signal.aborted || this.#line.wanting ? null : this.#slots.takeFor('check')
    if (slot === null) return null
    const giveUp = () => slot.process.kill()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await slot.process.call('check', task).answer
    } catch (error) {
      if (error instanceof WorkerKilled) return null
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
      this.#slots.release(slot)
      this.#line.serve()
    }
  }
}

type Progressed = Parameters<CallListener['onProgress'] & {}>[0]

/** Whether what is being copied will be checked by another process. */
const foretellsCheck = ({ stage, progress }: Progressed) =>
  stage === 'snapshot' && progress !== null && progress.total > smallBytes

function killedByAnother(): BackupError {
  return new BackupError('worker-crashed', 'The worker process was ended because a disk did not answer', {
    hint: 'What it had begun is taken back at the next start or run. Try again, and check the disks.',
  })
}

/** Never made again: the first attempt may have deleted it, and the second would only find it missing. */
function unknownRemoval(): BackupError {
  return new BackupError('worker-crashed', 'The worker process was ended while it deleted', {
    hint: 'Look at the list: the backup may be gone already. If it is still there, delete it again.',
  })
}

function unanswered(afterMs: number): BackupError {
  return new BackupError('timed-out', `The backups folder did not answer within ${afterMs / 1000} s`, {
    hint: 'Check the disk, or the network if the folder lies on another machine.',
  })
}

function closing(): BackupError {
  return new BackupError('cancelled', 'The backup engine was shut down', {
    hint: 'Start it again when the application runs.',
    details: { stopping: 1 },
  })
}
