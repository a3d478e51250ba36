import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { NamedSource } from '../../engine/archiving.ts'
import { Connections } from '../../settings/connections.ts'
import type { OperatorSettings } from '../../settings/operator-settings.ts'
import type { Profile } from '../../settings/profiles.ts'
import { UsageError } from '../command.ts'
import { isBackupsFolder } from '../places.ts'
import type { Words } from '../text/index.ts'

/** Throws `UsageError` that names those that there are. */
export function profileIn({ profiles }: OperatorSettings, id: string, words: Words): Profile {
  const found = profiles.find((profile) => profile.id === id)
  if (found) return found
  throw new UsageError(words.usage.noSuchProfile(id, profiles.map((profile) => profile.id).join(', ')))
}

/** What the engine takes, and how to say an error of it without a secret. */
export interface Resolved {
  readonly sources: readonly NamedSource[]
  concealed(error: unknown): unknown
}

/** Sources with their connections. Nothing tells here where tenants are: folders of backups are found by what lies there. */
export function resolveSources(
  sources: Profile['sources'],
  { profiles }: OperatorSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Resolved {
  const connections = new Connections(environment)
  const folders = profiles.flatMap(({ folder }) => folder ?? [])
  return {
    sources: sources.map((source) => {
      if (source.kind === 'sqlite') return source
      if (source.kind === 'mssql') return { ...source, connection: connections.resolve(source.connection) }
      return { ...source, alwaysExclude: [...folders, ...backupFoldersBelow(source.path)] }
    }),
    concealed: (error) => connections.concealed(error),
  }
}

/** Folders below, links not followed, in which this program keeps backups. */
function backupFoldersBelow(folder: string): readonly string[] {
  if (isBackupsFolder(folder)) return [folder]
  return foldersIn(folder).flatMap((name) => backupFoldersBelow(join(folder, name)))
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? entry.name : [],
    )
  } catch {
    // Whether it can be read at all is said by the run itself.
    return []
  }
}
