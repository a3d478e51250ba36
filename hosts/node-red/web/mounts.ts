import type { Mount, Undo } from 'automate-plugin-backup/host'

/** Below it lie the adapter's own addresses. */
export const ownPath = '/automate-plugin-backup'

/** The pages of plugins, by prefix. */
export class Mounts {
  readonly #mounts = new Map<string, Mount>()

  get all(): readonly Mount[] {
    return [...this.#mounts.values()]
  }

  add(mount: Mount): Undo {
    const { prefix } = mount
    if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(prefix))
      throw new Error(`A route's prefix is a plain path: ${prefix}`)
    if (this.#mounts.has(prefix) || covers(ownPath, prefix)) throw new Error(`The route ${prefix} is taken`)
    this.#mounts.set(prefix, mount)
    return () => {
      if (this.#mounts.get(prefix) === mount) this.#mounts.delete(prefix)
    }
  }

  /** The prefixes that lie below no other: a cookie for these reaches every page, and each page once. */
  get outermost(): readonly string[] {
    const prefixes = this.all.map(({ prefix }) => prefix)
    return prefixes.filter((one) => !prefixes.some((other) => other !== one && covers(other, one)))
  }

  /** The mount that serves a path: the longest prefix wins. */
  find(path: string): Mount | null {
    const fitting = this.all.filter((mount) => covers(mount.prefix, path))
    return fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0] ?? null
  }
}

export function covers(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}
