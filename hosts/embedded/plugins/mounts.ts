import type { Mount, Undo } from 'automate-plugin-backup/host'
import { HostError } from '../host-error.ts'
import { automatePath, dataPath, loggingPath } from '../paths.ts'

const taken = ['/login', '/logout', '/session', dataPath, automatePath, loggingPath]

/** The pages of plugins, by prefix. */
export class Mounts {
  readonly #mounts = new Map<string, Mount>()

  get all(): readonly Mount[] {
    return [...this.#mounts.values()]
  }

  add(mount: Mount): Undo {
    const { prefix } = mount
    if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(prefix))
      throw new HostError(
        `A route's prefix is a plain path: ${prefix}`,
        'Begin it with a slash and end it without.',
      )
    if (this.#mounts.has(prefix) || taken.some((path) => covers(path, prefix) || covers(prefix, path)))
      throw new HostError(`The route ${prefix} is taken`, 'Choose another prefix.')
    this.#mounts.set(prefix, mount)
    return () => {
      if (this.#mounts.get(prefix) === mount) this.#mounts.delete(prefix)
    }
  }

  /** The mount that serves a path: the longest prefix wins. */
  find(path: string): Mount | null {
    const fitting = this.all.filter((mount) => covers(mount.prefix, path))
    return fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0] ?? null
  }
}

function covers(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}
