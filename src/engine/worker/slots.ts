import { WorkerProcess, type WorkerStart } from './worker-process.ts'

export interface SlotsOptions extends WorkerStart {
  readonly processes: number
  /** How long a process without work stays. */
  readonly idleMs: number
  /** A process is gone, so there is room for another. */
  onRoom(): void
}

/** A worker process and what it is taken for. */
export interface Slot {
  readonly process: WorkerProcess
  /** `run` and `check` take it whole; a check also keeps it from answering anything else. */
  takenFor: 'run' | 'check' | null
  idleTimer: NodeJS.Timeout | null
}

/** The worker processes: started when needed, ended when idle. */
export class Slots {
  readonly #options: SlotsOptions
  readonly #slots = new Set<Slot>()
  /** With those that were killed and are not gone yet. */
  readonly #processes = new Set<WorkerProcess>()

  constructor(options: SlotsOptions) {
    this.#options = options
  }

  /** Null when every process is taken. Rather a new one than one with a call that may be waiting for a dead disk. */
  takeFor(work: 'run' | 'check'): Slot | null {
    const free = this.#usable().find(({ takenFor }) => takenFor === null)
    const slot = free?.process.callCount === 0 ? free : (this.#startIfRoom() ?? free ?? null)
    if (slot === null) return null
    slot.takenFor = work
    this.#stopIdling(slot)
    return slot
  }

  /** Has a process ready that is about to be needed, so that nobody waits for its start. */
  prepare(): void {
    if (this.#usable().some(({ takenFor }) => takenFor === null)) return
    const slot = this.#startIfRoom()
    if (slot !== null) this.#startIdling(slot)
  }

  release(slot: Slot): void {
    slot.takenFor = null
    if (slot.process.usable && slot.process.callCount === 0) this.#startIdling(slot)
  }

  /** One that answers soon, taken or not: nothing but a check keeps a process from answering. */
  pick(): Slot {
    const usable = this.#usable()
    const slot =
      usable.find(({ takenFor }) => takenFor === null) ??
      this.#startIfRoom() ??
      usable.find(({ takenFor }) => takenFor === 'run') ??
      usable[0]
    // There is always one: without any, there was room to start one.
    this.#stopIdling(slot!)
    return slot!
  }

  /** Makes room by giving up a check, which another can do again. */
  giveUpCheck(): void {
    this.#usable()
      .find(({ takenFor }) => takenFor === 'check')
      ?.process.kill()
  }

  /** Whether there is a process without a run now, for which a check is given up. */
  freeOne(): boolean {
    this.giveUpCheck()
    const usable = this.#usable()
    return usable.length < this.#options.processes || usable.some(({ takenFor }) => takenFor === null)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes].map((process) => process.end()))
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
      takenFor: null,
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
    this.#options.onRoom()
  }

  #startIdling(slot: Slot): void {
    this.#stopIdling(slot)
    if (slot.takenFor !== null) return
    slot.idleTimer = setTimeout(() => slot.process.kill(), this.#options.idleMs).unref()
  }

  #stopIdling(slot: Slot): void {
    if (slot.idleTimer !== null) clearTimeout(slot.idleTimer)
    slot.idleTimer = null
  }
}
