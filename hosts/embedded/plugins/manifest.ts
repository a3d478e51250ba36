import { readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import { Ajv } from 'ajv'
import { contractVersion } from 'automate-plugin-backup/host'
import semver from 'semver'
import { HostError, messageOf } from '../host-error.ts'

/** What a plugin says of itself in `plugin.json`, before any of its code is loaded. */
export interface Manifest {
  readonly id: string
  readonly name: string
  readonly version: string
  /** Semver range of the host contract. */
  readonly api: string
  readonly entry: string
  readonly registers: {
    readonly taskTypes: readonly string[]
    readonly routes: readonly string[]
    readonly settings: boolean
  }
  readonly permissions: readonly string[]
}

const schema: object = createRequire(import.meta.url)('automate-plugin-backup/plugin.schema.json')
const check = new Ajv({ allErrors: false }).compile<Manifest>(schema)

/** Throws a `HostError` that names the file and the field. */
export async function readManifest(pluginDir: string): Promise<Manifest> {
  const file = join(pluginDir, 'plugin.json')
  const manifest = await readJson(file)
  if (!check(manifest)) {
    const [error] = check.errors ?? []
    const field = error?.instancePath.slice(1).replaceAll('/', '.') || 'the file'
    throw new HostError(`${file}: ${field} ${error?.message ?? 'is not valid'}`, 'Correct the manifest.')
  }
  assertUnderstood(manifest)
  return manifest
}

export function assertUnderstood(manifest: Manifest): void {
  if (semver.validRange(manifest.api) === null)
    throw new HostError(
      `api is not a range of versions: ${manifest.api}`,
      'Write it as npm does, for example "^2.0.0".',
    )
  if (!semver.satisfies(contractVersion, manifest.api))
    throw new HostError(
      `The plugin needs version ${manifest.api} of the host contract; this host offers ${contractVersion}`,
      'Install a version of the plugin, or of the host, that fits.',
    )
}

/** The real path of the entry. It lies in the plugin's folder, also when links are followed. */
export async function findEntry(pluginDir: string, manifest: Manifest): Promise<string> {
  const folder = await realpath(pluginDir)
  const entry = await realpath(join(folder, manifest.entry)).catch(() => {
    throw new HostError(
      `entry does not exist: ${manifest.entry}`,
      'Build the plugin, or correct the manifest.',
    )
  })
  if (!entry.startsWith(folder + sep))
    throw new HostError(`entry lies outside the plugin's folder: ${manifest.entry}`, 'Correct the manifest.')
  return entry
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new HostError(
      `${file} can't be read: ${messageOf(error)}`,
      'A plugin is a folder with a plugin.json.',
      {
        cause: error,
      },
    )
  }
}
