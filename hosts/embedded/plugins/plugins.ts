import { pathToFileURL } from 'node:url'
import type { EarlyHost, Host, Logger, Plugin, Tenant, Undo } from 'automate-plugin-backup/host'
import { HostError, messageOf } from '../host-error.ts'
import { within } from '../patience.ts'
import { assertUnderstood, findEntry, type Manifest, readManifest } from './manifest.ts'
import type { Registrations } from './registrations.ts'

const undoPatience = 20_000

/** A plugin in a folder, or one that is in the process already. */
export type PluginSource = { readonly dir: string } | { readonly manifest: Manifest; readonly plugin: Plugin }

/** What the hub shows of a plugin. */
export interface PluginState {
  readonly name: string
  readonly version: string | null
  /** Null when it runs. */
  readonly problem: string | null
}

interface Loaded {
  readonly manifest: Manifest
  readonly plugin: Plugin
}

export interface HostForPlugin {
  readonly host: Host
  readonly registrations: Registrations
}

/** Loads plugins one after the other. One that fails is said in the log and on the hub; the host goes on. */
export class Plugins {
  readonly #logger: Logger
  readonly #loaded: Loaded[] = []
  readonly #states: PluginState[] = []
  readonly #undos: Undo[] = []

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get states(): readonly PluginState[] {
    return this.#states
  }

  async load(sources: readonly PluginSource[]): Promise<void> {
    for (const source of sources) {
      try {
        this.#loaded.push(await load(source))
      } catch (error) {
        this.#fail('dir' in source ? source.dir : source.manifest.name, null, error)
      }
    }
  }

  /** Before any tenant database is open. */
  async beforeOpen(tenants: readonly Tenant[], hostFor: (manifest: Manifest) => EarlyHost): Promise<void> {
    for (const { manifest, plugin } of this.#loaded) {
      try {
        await plugin.beforeOpen?.(tenants, hostFor(manifest))
      } catch (error) {
        this.#logger.error(`${manifest.name} could not finish its work before the databases were opened`, {
          error: messageOf(error),
        })
      }
    }
  }

  async activate(hostFor: (manifest: Manifest) => HostForPlugin): Promise<void> {
    for (const { manifest, plugin } of this.#loaded) {
      const { host, registrations } = hostFor(manifest)
      try {
        const undo = await plugin.activate(host)
        this.#undos.push(async () => {
          try {
            await undo()
          } finally {
            await registrations.undoAll()
          }
        })
        this.#states.push({ name: manifest.name, version: manifest.version, problem: null })
      } catch (error) {
        await registrations.undoAll()
        this.#fail(manifest.name, manifest.version, error)
      }
    }
  }

  /** Last in, first out; goes on after an error and doesn't wait for ever. */
  async deactivate(): Promise<void> {
    for (const undo of this.#undos.splice(0).reverse()) {
      try {
        if (!(await within(undoPatience, Promise.resolve(undo()))))
          this.#logger.error('A plugin did not stop in time')
      } catch (error) {
        this.#logger.error('A plugin did not stop cleanly', { error: messageOf(error) })
      }
    }
  }

  #fail(name: string, version: string | null, error: unknown): void {
    const hint = error instanceof HostError ? `. ${error.hint}` : ''
    this.#states.push({ name, version, problem: messageOf(error) + hint })
    this.#logger.error(`The plugin ${name} could not be loaded: ${messageOf(error)}`)
  }
}

async function load(source: PluginSource): Promise<Loaded> {
  if ('plugin' in source) {
    assertUnderstood(source.manifest)
    return source
  }
  const manifest = await readManifest(source.dir)
  const module: Partial<Plugin> = await import(pathToFileURL(await findEntry(source.dir, manifest)).href)
  if (typeof module.activate !== 'function')
    throw new HostError(
      `${manifest.entry} exports no function activate`,
      'This is not a plugin for this host.',
    )
  return { manifest, plugin: module as Plugin }
}
