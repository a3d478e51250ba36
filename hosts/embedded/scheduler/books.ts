import type { Logger } from 'automate-plugin-backup/host'
import { messageOf } from '../host-error.ts'

/**
 * Writes that may fail for a while, because the disk is full: said once in the log, and the host goes on. What has
 * to be written in the end is tried again with the next write.
 */
export class Books {
  readonly #logger: Logger
  readonly #owed: (() => void)[] = []
  #failing = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** False when it failed. */
  write(entry: () => void): boolean {
    try {
      while (this.#owed.length > 0) {
        this.#owed[0]?.()
        this.#owed.shift()
      }
      entry()
      this.#failing = false
      return true
    } catch (error) {
      if (!this.#failing) this.#logger.error(`The state of the tasks can't be written: ${messageOf(error)}`)
      this.#failing = true
      return false
    }
  }

  writeInTheEnd(entry: () => void): void {
    if (!this.write(entry)) this.#owed.push(entry)
  }
}
