/** A number of places that work waits for, first come, first served. Some work takes several. */
export class Slots {
  readonly #total: number
  readonly #waiting: { readonly places: number; begin(): void }[] = []
  #free: number

  constructor(total: number) {
    this.#total = total
    this.#free = total
  }

  /** Resolves with what gives the places back. What needs more than there are gets all. */
  take(places = 1): Promise<() => void> {
    const needed = Math.min(places, this.#total)
    return new Promise((resolve) => {
      this.#waiting.push({ places: needed, begin: () => resolve(this.#giver(needed)) })
      this.#next()
    })
  }

  async with<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.take()
    try {
      return await work()
    } finally {
      release()
    }
  }

  #giver(places: number): () => void {
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#free += places
      this.#next()
    }
  }

  #next(): void {
    for (let first = this.#waiting[0]; first && first.places <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= first.places
      first.begin()
    }
  }
}
