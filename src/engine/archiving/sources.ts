import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ArchiveSource } from '../archive.ts'
import type { ArchiveContent, ArchiveRequest, MeasuredSource, NamedSource } from '../archiving.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, reasonOf } from '../failure.ts'
import { removeTree } from '../vault/files.ts'
import type { ArchiveTools } from './archive-tools.ts'

export interface OpenSource {
  readonly config: NamedSource
  readonly source: ArchiveSource
}

/** Segments that an archive has for itself. */
const idPattern = /^[A-Za-z0-9-]{1,60}$/

const wanted: Readonly<Record<ArchiveContent, (kind: NamedSource['kind']) => boolean>> = {
  everything: () => true,
  files: (kind) => kind === 'directory',
  databases: (kind) => kind !== 'directory',
}

/** Those of a request that go into this archive. The archive's own folder never goes into it. */
export function openSources(
  { sources, content, vault }: Pick<ArchiveRequest, 'sources' | 'content' | 'vault'>,
  tools: Pick<ArchiveTools, 'createSource'>,
): readonly OpenSource[] {
  expectIds(sources)
  const chosen = sources.filter(({ kind }) => wanted[content](kind))
  if (chosen.length === 0) {
    throw new BackupError('invalid-request', 'The profile has nothing of the chosen content', {
      hint: 'Choose everything, or add a source to the profile.',
    })
  }
  return chosen.map((config) => openSource(config, vault.folder, tools))
}

export function openSource(
  config: NamedSource,
  folder: string,
  { createSource }: Pick<ArchiveTools, 'createSource'>,
): OpenSource {
  const sparing =
    config.kind === 'directory' ? { ...config, alwaysExclude: [...config.alwaysExclude, folder] } : config
  return { config: sparing, source: createSource(sparing) }
}

function expectIds(sources: readonly NamedSource[]): void {
  const ids = sources.map(({ id }) => id)
  if (ids.every((id) => idPattern.test(id)) && new Set(ids).size === ids.length) return
  throw new BackupError(
    'invalid-request',
    'The sources of a profile need different ids of letters, digits and "-"',
    {
      hint: 'Give each source an id of its own.',
    },
  )
}

/** Where it was taken from, as people know it. A connection is a secret and no part of it. */
export const originOf = (config: NamedSource) => (config.kind === 'mssql' ? config.database : config.path)

/** One after the other. The first that could not be taken says so. */
export async function measureAll(
  sources: readonly OpenSource[],
  signal: AbortSignal,
): Promise<readonly MeasuredSource[]> {
  const measured: MeasuredSource[] = []
  for (const { config, source } of sources) {
    if (signal.aborted) throw reasonOf(signal)
    try {
      measured.push({ id: config.id, ...(await source.measure({ signal })) })
    } catch (error) {
      throw signal.aborted
        ? reasonOf(signal)
        : failureFrom(error, `${originOf(config)} could not be looked at`)
    }
  }
  return measured
}

/** An empty folder while `work` goes on. */
export async function withScratch<T>(folder: string, work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = join(folder, 'scratch')
  removeTree(scratch)
  mkdirSync(scratch, { mode: 0o700 })
  try {
    return await work(scratch)
  } finally {
    removeTree(scratch)
  }
}
