import type { Undo } from 'automate-plugin-backup/host'

/** What must be undone at the end: last in, first out, and it goes on after an error. */
export class Undoing {
  readonly #steps: Undo[] = []
  #running: Promise<void> | null = null

  add(step: Undo): void {
    this.#steps.push(step)
  }

  /** Rejects with the first error once every step was tried. */
  run(): Promise<void> {
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<void> {
    const errors: unknown[] = []
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
