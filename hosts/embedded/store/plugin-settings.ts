import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Scope, Settings, SettingsDefinition, Undo } from 'automate-plugin-backup/host'
import { writeWhole } from '../../durable/write-whole.ts'
import { HostError, messageOf } from '../host-error.ts'
import type { HostDatabase } from './host-database.ts'

export interface SettingsPlace {
  readonly database: HostDatabase
  readonly dataDir: string
  readonly pluginId: string
}

/** Tenants' settings lie in the host's database, the operators' in a file that they may edit. */
export class PluginSettings implements Settings {
  readonly #database: HostDatabase
  readonly #pluginId: string
  readonly #file: string
  #definition: SettingsDefinition | null = null

  constructor({ database, dataDir, pluginId }: SettingsPlace) {
    this.#database = database
    this.#pluginId = pluginId
    this.#file = join(dataDir, 'plugins', `${pluginId.replace(/^automate-plugin-/, '')}.json`)
  }

  register(definition: SettingsDefinition): Undo {
    if (this.#definition !== null)
      throw new HostError('Settings are registered already', 'Register them once.')
    this.#definition = definition
    return () => {
      if (this.#definition === definition) this.#definition = null
    }
  }

  async read(scope: Scope): Promise<unknown> {
    if ('system' in scope) return this.#readFile()
    const row = this.#database
      .prepare<[string, string], { value: string }>(
        'select value from settings where plugin = ? and tenant = ?',
      )
      .get(this.#pluginId, scope.tenant)
    return row === undefined ? undefined : JSON.parse(row.value)
  }

  async write(scope: Scope, value: object): Promise<void> {
    const text = JSON.stringify(value, null, 2)
    if ('system' in scope) {
      await mkdir(dirname(this.#file), { recursive: true })
      return writeWhole(this.#file, `${text}\n`)
    }
    this.#database
      .prepare('insert into settings values (?, ?, ?) on conflict do update set value = excluded.value')
      .run(this.#pluginId, scope.tenant, text)
  }

  async #readFile(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8'))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw new HostError(
        `${this.#file} can't be read: ${messageOf(error)}`,
        'Correct the file; it holds JSON.',
        {
          cause: error,
        },
      )
    }
  }
}
