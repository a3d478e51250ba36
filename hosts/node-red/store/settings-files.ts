import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Scope, Settings, SettingsDefinition, Undo } from 'automate-plugin-backup/host'
import { writeWhole } from '../../durable/write-whole.ts'

/** One JSON file per tenant, and `backup.json` for the system, which an operator may edit. */
export class SettingsFiles implements Settings {
  readonly #folder: string
  #definition: SettingsDefinition | null = null

  constructor(folder: string) {
    this.#folder = folder
  }

  register(definition: SettingsDefinition): Undo {
    if (this.#definition !== null) throw new Error('Settings are registered already')
    this.#definition = definition
    return () => {
      if (this.#definition === definition) this.#definition = null
    }
  }

  async read(scope: Scope): Promise<unknown> {
    const file = this.#fileOf(scope)
    try {
      return JSON.parse(await readFile(file, 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new Error(`${file} can't be read: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
  }

  async write(scope: Scope, value: object): Promise<void> {
    const file = this.#fileOf(scope)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`, 0o600)
  }

  #fileOf(scope: Scope): string {
    if ('system' in scope) return join(this.#folder, 'backup.json')
    return join(this.#folder, 'tenants', `${encodeURIComponent(scope.tenant)}.json`)
  }
}
