import type { Clock } from 'automate-plugin-backup/host'

const longestWait = 60_000
const forgottenAfter = 15 * 60_000
const remembered = 10_000

interface Guesses {
  readonly count: number
  readonly at: number
}

/**
 * Slows guessing down: after some wrong passwords for one key (an address, a user name) each further one costs a
 * wait that doubles up to a minute. Remembers a bounded number of keys and forgets after a quarter of an hour, so
 * that nobody is locked out for long.
 */
export class GuessLimit {
  readonly #clock: Clock
  readonly #freeGuesses: number
  readonly #guesses = new Map<string, Guesses>()

  constructor(clock: Clock, freeGuesses: number) {
    this.#clock = clock
    this.#freeGuesses = freeGuesses
  }

  /** Milliseconds until the next try is looked at; 0 when it may come now. */
  waitFor(key: string): number {
    return this.#wait(this.#guesses.get(key))
  }

  /** Counts a try before its password is looked at, so that many at once don't slip through. */
  count(key: string): void {
    const before = this.#guesses.get(key)
    const fresh = before === undefined || this.#age(before) > forgottenAfter
    // Put last, so that the oldest are the first to be forgotten.
    this.#guesses.delete(key)
    this.#guesses.set(key, { count: fresh ? 1 : before.count + 1, at: this.#clock.now() })
    const [oldest] = this.#guesses.keys()
    if (this.#guesses.size > remembered && oldest !== undefined) this.#guesses.delete(oldest)
  }

  forget(key: string): void {
    this.#guesses.delete(key)
  }

  #wait(guesses: Guesses | undefined): number {
    if (guesses === undefined || guesses.count < this.#freeGuesses) return 0
    const wait = Math.min(longestWait, 1000 * 2 ** (guesses.count - this.#freeGuesses))
    return Math.max(0, wait - this.#age(guesses))
  }

  /** A clock that was set back makes nobody wait for it to catch up. */
  #age(guesses: Guesses): number {
    const age = this.#clock.now() - guesses.at
    return age < 0 ? Number.POSITIVE_INFINITY : age
  }
}
