import type { Undo } from './host/contract.ts'

/** Undoes what was done, last in, first out. */
export class CleanupStack {
  readonly #undos: Undo[] = []

  add(undo: Undo): void {
    this.#undos.push(undo)
  }

  /** Goes on after an error and throws all of them together at the end. A second call has nothing left to do. */
  async run(): Promise<void> {
    const errors: unknown[] = []
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await undo()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'The plugin could not be undone completely')
  }
}
