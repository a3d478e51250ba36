import { deferred } from '../deferred.ts'
import type { BackupError } from '../errors.ts'
import { reasonOf } from '../failure.ts'

interface Waiter<Place> {
  readonly folder: string
  readonly patient: boolean
  take(place: Place): void
  refuse(error: BackupError): void
}

export interface Wish {
  /** What the work is done in: a patient one waits here while another works there. */
  readonly folder: string
  readonly patient: boolean
  readonly signal: AbortSignal
}

/**
 * Who wants a place and can't have one yet: first come, first served, but a patient one whose folder is being worked
 * in lets the others go ahead, so that a slow folder never takes more than one place.
 */
export class WaitingLine<Place> {
  readonly #waiters: Waiter<Place>[] = []
  /** With how many works are going on in each. */
  readonly #folders = new Map<string, number>()
  readonly #findPlace: () => Place | null

  constructor(findPlace: () => Place | null) {
    this.#findPlace = findPlace
  }

  /** Somebody would take a place now. */
  get wanting(): boolean {
    return this.#next() >= 0
  }

  /** Rejects with the signal's reason. */
  enter({ folder, patient, signal }: Wish): Promise<Place> {
    if (signal.aborted) return Promise.reject(reasonOf(signal))
    const { promise, resolve, reject } = deferred<Place>()
    const waiter: Waiter<Place> = { folder, patient, take: resolve, refuse: reject }
    const onAbort = () => {
      const index = this.#waiters.indexOf(waiter)
      if (index >= 0) this.#waiters.splice(index, 1)
      reject(reasonOf(signal))
    }
    this.#waiters.push(waiter)
    signal.addEventListener('abort', onAbort, { once: true })
    this.serve()
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** The work that had a place for this folder has ended. */
  leave(folder: string): void {
    const left = (this.#folders.get(folder) ?? 1) - 1
    if (left === 0) this.#folders.delete(folder)
    else this.#folders.set(folder, left)
  }

  /** Gives away what places there are. */
  serve(): void {
    for (let next = this.#next(); next >= 0; next = this.#next()) {
      const place = this.#findPlace()
      if (place === null) return
      const [waiter] = this.#waiters.splice(next, 1)
      this.#folders.set(waiter!.folder, (this.#folders.get(waiter!.folder) ?? 0) + 1)
      waiter!.take(place)
    }
  }

  refuseAll(error: () => BackupError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(error())
  }

  #next(): number {
    return this.#waiters.findIndex(({ folder, patient }) => !patient || !this.#folders.has(folder))
  }
}
