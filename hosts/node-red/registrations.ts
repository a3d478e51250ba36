import type { Host, Undo } from 'automate-plugin-backup/host'

/** What one plugin has registered, so that all of it can be taken back, also of one that failed half-way. */
export class Registrations {
  readonly #undos: Undo[] = []

  /** The host as the plugin sees it: whatever it registers is kept here. */
  watched(host: Host): Host {
    return Object.freeze({
      ...host,
      tasks: { ...host.tasks, register: (type) => this.#keep(host.tasks.register(type)) },
      routes: { ...host.routes, mount: (mount) => this.#keep(host.routes.mount(mount)) },
      settings: {
        register: (definition) => this.#keep(host.settings.register(definition)),
        read: (scope) => host.settings.read(scope),
        write: (scope, value) => host.settings.write(scope, value),
      },
    } satisfies Host)
  }

  /** Last in, first out. */
  async undoAll(): Promise<void> {
    for (const undo of this.#undos.splice(0).reverse()) await undo()
  }

  #keep(undo: Undo): Undo {
    let undone: ReturnType<Undo> | undefined
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
