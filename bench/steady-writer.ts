import Database from 'better-sqlite3'

/** How a writer fared since it was asked last. */
export interface Written {
  readonly commits: number
  /** Milliseconds of the slowest commit. */
  readonly worst: number
  /** Commits that another connection kept from happening at once. */
  readonly busy: number
  readonly ms: number
}

/** Commits small transactions at a steady rate, as an application does. */
export class SteadyWriter {
  readonly #database: Database.Database
  readonly #insert: Database.Statement
  readonly #rate: number
  #figures = { commits: 0, worst: 0, busy: 0 }
  #began = performance.now()
  #due = 0

  constructor(path: string, rate: number) {
    this.#rate = rate
    this.#database = new Database(path, { timeout: 0 })
    this.#database.pragma('synchronous = NORMAL')
    this.#insert = this.#database.prepare('INSERT INTO ticks (text) VALUES (?)')
    this.#work()
  }

  take(): Written {
    const written = { ...this.#figures, ms: performance.now() - this.#began }
    this.#figures = { commits: 0, worst: 0, busy: 0 }
    this.#began = performance.now()
    this.#due = 0
    return written
  }

  /** A tenth of a second's worth at most is made up for, so that a stall shows in the throughput. */
  #work(): void {
    const wanted = ((performance.now() - this.#began) / 1000) * this.#rate
    this.#due = Math.max(this.#due, wanted - this.#rate / 10)
    for (; this.#due < wanted; this.#due++) this.#commit()
    setTimeout(() => this.#work(), 1)
  }

  #commit(): void {
    const start = performance.now()
    try {
      this.#insert.run('x'.repeat(100))
      this.#figures.commits++
    } catch (error) {
      if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error
      this.#figures.busy++
    }
    this.#figures.worst = Math.max(this.#figures.worst, performance.now() - start)
  }
}
