import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Names that a server has for files, and where they really are. */
export class Devices {
  readonly #serverFolder: string
  readonly #folder: string

  constructor(serverFolder: string, folder: string) {
    this.#serverFolder = serverFolder
    this.#folder = folder
  }

  /** Null when the name lies in no folder that the server has. */
  pathOf(device: string): string | null {
    if (!device.startsWith(this.#serverFolder)) return null
    const name = device.slice(this.#serverFolder.length).replace(/^[\\/]/, '')
    return /[\\/]/.test(name) || name === '' ? null : join(this.#folder, name)
  }

  /** Number and words of the system's error, or the bytes. */
  read(device: string): Buffer | readonly [number, string] {
    const path = this.pathOf(device)
    if (path === null) return [3, 'The system cannot find the path specified.']
    return existsSync(path) ? readFileSync(path) : [2, 'The system cannot find the file specified.']
  }
}
