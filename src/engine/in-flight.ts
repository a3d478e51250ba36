import { deferred } from './deferred.ts'

/** Work that goes on side by side, so much of it at most. */
export class InFlight {
  readonly #limit: number
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null
  #room = deferred<void>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Resolves when there is room for one more. Rejects when an earlier one has failed. */
  async room(): Promise<void> {
    while (this.#running.size >= this.#limit && this.#failure === null) await this.#room.promise
    this.#throwFailure()
  }

  /** Without waiting: for when there is room. */
  start(work: () => Promise<void>): void {
    const running: Promise<void> = work()
      .catch((error) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#running.delete(running)
        this.#room.resolve()
        this.#room = deferred<void>()
      })
    this.#running.add(running)
  }

  /** Resolves when nothing is going on any more. Rejects with what failed first. */
  async idle(): Promise<void> {
    await this.settle()
    this.#throwFailure()
  }

  /** As `idle`, but never rejects. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}
