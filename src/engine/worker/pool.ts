import { deferred } from '../deferred.ts'
import { BackupError } from '../errors.ts'
import { reasonOf } from '../failure.ts'
import type { Answer, Arguments, HeavyName, LightName } from './protocol.ts'
import { type CallListener, WorkerKilled, WorkerProcess, type WorkerStart } from './worker-process.ts'

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
  readonly listener: CallListener
}

interface Slot {
  readonly process: WorkerProcess
  heavy: boolean
  idleTimer: NodeJS.Timeout | null
}

interface Waiter {
  take(slot: Slot): void
  refuse(error: BackupError): void
}

/** A heavy call was cancelled and its process had to be killed: what it had begun is still on the disk. */
export class KilledInFlight extends Error {}

/** How often a light call is begun at most: several dead disks in a row are no reason to go on for ever. */
const lightTries = 3

/** Calls that change nothing. */
const reading: ReadonlySet<LightName> = new Set<LightName>(['inspect', 'outbox', 'find'])

const isCrash = (error: unknown) => error instanceof BackupError && error.code === 'worker-crashed'

/** A few worker processes. Heavy calls get one each and wait in line; light ones go to any at once. */
export class WorkerPool {
  readonly #options: PoolOptions
  readonly #slots = new Set<Slot>()
  /** With those that were killed and are not gone yet. */
  readonly #processes = new Set<WorkerProcess>()
  readonly #waiting: Waiter[] = []
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Rejects `KilledInFlight` when the process had to be killed, otherwise with what the call or the signal says. */
  async heavy<Name extends HeavyName>(
    name: Name,
    input: Arguments<Name>,
    options: HeavyOptions,
  ): Promise<Answer<Name>> {
    const asked = performance.now()
    const slot = await this.#reserve(options.signal)
    try {
      return await this.#runHeavy(slot, name, input, { ...options, waitedMs: performance.now() - asked })
    } catch (error) {
      if (!(error instanceof WorkerKilled)) throw error
      if (this.#closed) throw closing()
      throw options.signal.aborted ? new KilledInFlight() : killedByAnother()
    } finally {
      slot.heavy = false
      this.#serveNext()
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
    const { process } = this.#pickForLight()
    const { promise: timeUp, reject } = deferred<never>()
    const timer = setTimeout(() => {
      reject(unanswered(lightMs))
      process.kill()
    }, lightMs)
    try {
      return await Promise.race([timeUp, process.call(name, input).answer])
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiting.splice(0)) waiter.refuse(closing())
    await Promise.all([...this.#processes].map((process) => process.end()))
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
    const call = process.call(name, input, { ...listener, onCommitted }, waitedMs)
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

  /** A process of its own, or a place in the line. */
  #reserve(signal: AbortSignal): Promise<Slot> {
    if (this.#closed) return Promise.reject(closing())
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    const free = this.#slotForHeavy()
    if (free !== null) return Promise.resolve(this.#occupy(free))
    const { promise, resolve, reject } = deferred<Slot>()
    const waiter: Waiter = { take: resolve, refuse: reject }
    const onAbort = () => {
      const index = this.#waiting.indexOf(waiter)
      if (index >= 0) this.#waiting.splice(index, 1)
      reject(reasonOf(signal))
    }
    this.#waiting.push(waiter)
    signal.addEventListener('abort', onAbort, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  #serveNext(): void {
    while (!this.#closed && this.#waiting.length > 0) {
      const slot = this.#slotForHeavy()
      if (slot === null) return
      this.#waiting.shift()?.take(this.#occupy(slot))
    }
  }

  #occupy(slot: Slot): Slot {
    slot.heavy = true
    this.#stopIdling(slot)
    return slot
  }

  /** Rather a new process than one with a light call that may be waiting for a dead disk. */
  #slotForHeavy(): Slot | null {
    const free = this.#usable().find(({ heavy }) => !heavy)
    return free?.process.callCount === 0 ? free : (this.#startIfRoom() ?? free ?? null)
  }

  #pickForLight(): Slot {
    if (this.#closed) throw closing()
    const slot = this.#usable().find(({ heavy }) => !heavy) ?? this.#startIfRoom() ?? this.#usable()[0]
    // There is always one: without any, there was room to start one.
    this.#stopIdling(slot!)
    return slot!
  }

  /** Those with the fewest calls first. */
  #usable(): Slot[] {
    const usable = [...this.#slots].filter(({ process }) => process.usable)
    return usable.sort((a, b) => a.process.callCount - b.process.callCount)
  }

  /** Killed processes don't count: one that a dead disk keeps must not take a place for ever. */
  #startIfRoom(): Slot | null {
    if (this.#usable().length >= this.#options.processes) return null
    const slot: Slot = {
      heavy: false,
      idleTimer: null,
      process: new WorkerProcess(this.#options, {
        onIdle: () => this.#startIdling(slot),
        onUnusable: () => this.#forget(slot),
      }),
    }
    const { process } = slot
    this.#slots.add(slot)
    this.#processes.add(process)
    void process.exit.then(() => this.#processes.delete(process))
    return slot
  }

  #forget(slot: Slot): void {
    this.#stopIdling(slot)
    this.#slots.delete(slot)
    this.#serveNext()
  }

  #startIdling(slot: Slot): void {
    this.#stopIdling(slot)
    slot.idleTimer = setTimeout(() => slot.process.kill(), this.#options.idleMs).unref()
  }

  #stopIdling(slot: Slot): void {
    if (slot.idleTimer !== null) clearTimeout(slot.idleTimer)
    slot.idleTimer = null
  }
}

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
  })
}
