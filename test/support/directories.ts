import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { ArchiveEntry, ArchiveSource, EntrySink, LeftOut } from '../../src/engine/archive.ts'
import { createDirectorySource } from '../../src/engine/sources/directory/directory-source.ts'
import { createSqliteSource } from '../../src/engine/sources/sqlite/sqlite-source.ts'
import { type Poured, pour } from '../contract/archive-source.ts'
import { tempFolder } from './tenant.ts'

// As the engine's processes have it: copies are looked at under an address.
process.env.SQLITE_USE_URI = '1'

const databases = createSqliteSource({ timeoutMs: 300 })

/** Milliseconds. */
const justChangedMs = 15

export interface Tree {
  readonly root: string
  readonly source: ArchiveSource
  readonly origin: string
  at(path: string): string
}

export interface TreeOptions {
  readonly exclude?: readonly string[]
  readonly alwaysExclude?: readonly string[]
}

/** The source "files" of a folder; `files` has the content of each path, or null for a folder. */
export async function tree(
  files: Readonly<Record<string, string | Buffer | null>> = {},
  options: TreeOptions = {},
): Promise<Tree> {
  const root = join(await tempFolder(), 'root')
  mkdirSync(root)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    if (content === null) mkdirSync(join(root, path), { recursive: true })
    else writeFileSync(join(root, path), content)
  }
  // What was changed in this very moment might change again unseen, so that it would be read twice.
  await wait(justChangedMs)
  return { root, source: sourceOf(root, options), origin: root, at: (path) => join(root, path) }
}

export function sourceOf(
  path: string,
  { exclude = [], alwaysExclude = [] }: TreeOptions = {},
): ArchiveSource {
  return createDirectorySource(
    { kind: 'directory', id: 'files', path, exclude, alwaysExclude },
    { databases },
  )
}

export interface Taken extends Poured {
  /** Without the source's id. */
  readonly paths: readonly string[]
  readonly leftOut: readonly LeftOut[]
}

/** Takes it; `before` is called with each entry before the archive gets it. */
export async function take(
  from: Pick<Tree, 'source'>,
  before: (path: string, entry: ArchiveEntry) => void = () => {},
): Promise<Taken> {
  const sinkAt = (sink: EntrySink): EntrySink => ({
    add(entry) {
      before(withoutId(entry), entry)
      return sink.add(entry)
    },
  })
  const poured = await pour(from, undefined, { sinkAt })
  return { ...poured, paths: poured.added.map(withoutId), leftOut: poured.report.leftOut }
}

const withoutId = ({ path }: ArchiveEntry) => path.slice('files/'.length)
