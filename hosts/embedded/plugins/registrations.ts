import type { Undo } from 'automate-plugin-backup/host'
import { HostError } from '../host-error.ts'
import type { Manifest } from './manifest.ts'

/** What one plugin has registered: only what its manifest announced, and all of it can be taken back. */
export class Registrations {
  readonly #manifest: Manifest
  readonly #undos: Undo[] = []

  constructor(manifest: Manifest) {
    this.#manifest = manifest
  }

  taskType(id: string, register: () => Undo): Undo {
    const known = this.#manifest.registers.taskTypes.some((announced) =>
      announced.endsWith(':*') ? id.startsWith(announced.slice(0, -1)) : id === announced,
    )
    return this.#keep(known, `the task type ${id}`, register)
  }

  route(prefix: string, register: () => Undo): Undo {
    const known = this.#manifest.registers.routes.some(
      (route) => prefix === route || prefix.startsWith(`${route}/`),
    )
    return this.#keep(known, `the route ${prefix}`, register)
  }

  settings(register: () => Undo): Undo {
    return this.#keep(this.#manifest.registers.settings, 'settings', register)
  }

  /** Something to take back with everything else, which no manifest has to announce. */
  always(undo: Undo): void {
    this.#undos.push(undo)
  }

  async undoAll(): Promise<void> {
    for (const undo of this.#undos.splice(0).reverse()) await undo()
  }

  #keep(announced: boolean, what: string, register: () => Undo): Undo {
    if (!announced) throw new HostError(`plugin.json does not announce ${what}`, 'Add it to "registers".')
    const undo = register()
    let undone: ReturnType<Undo>
    let called = false
    const once: Undo = () => {
      if (!called) undone = undo()
      called = true
      return undone
    }
    this.#undos.push(once)
    return once
  }
}
