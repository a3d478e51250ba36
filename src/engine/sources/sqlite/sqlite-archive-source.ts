import { createReadStream, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type {
  ArchiveSource,
  EntrySink,
  PourOptions,
  ReadableEntry,
  RestoreSourceOptions,
  RestoreSourceReport,
  SourceReport,
  SqliteConfig,
} from '../../archive.ts'
import type { LiveDatabase } from '../../engine.ts'
import { BackupError } from '../../errors.ts'
import type { SnapshotSource } from '../../source.ts'
import { removeFile } from '../../vault/files.ts'
import { restoreTree } from '../directory/restore-tree.ts'
import { takeDatabase } from './take-database.ts'

/** One live SQLite database, as exactly one of its commits. */
export function createSqliteArchiveSource(
  config: SqliteConfig & Pick<ArchiveSource, 'id'>,
  { databases }: { readonly databases: SnapshotSource },
): ArchiveSource {
  const { id, kind, path } = config
  const database: LiveDatabase = { name: basename(path), path: resolve(path) }
  return {
    id,
    kind,
    async measure() {
      const bytes = databases.measure(database)
      return { files: 1, bytes, largest: [{ path: database.name, bytes }], scratchBytes: bytes }
    },
    pour: (sink, options) => pour(id, database, databases, sink, options),
    restore: (entries, options) => restore(id, database, entries, options),
  }
}

async function pour(
  id: string,
  database: LiveDatabase,
  source: SnapshotSource,
  sink: EntrySink,
  { signal, scratch, onProgress }: PourOptions,
): Promise<SourceReport> {
  const copy = join(scratch, 'database.copy')
  const item = database.name
  const { snapshot, examined, sizeBytes } = await takeDatabase(source, database, copy, {
    signal,
    onProgress: (bytes) => onProgress({ files: 0, bytes, item }),
  })
  const { mtime } = statSync(database.path)
  await sink.add({
    kind: 'file',
    path: `${id}/${item}`,
    mode: snapshot.original.mode,
    modifiedAt: mtime.toISOString(),
    sizeBytes,
    open: () => createReadStream(copy),
  })
  removeFile(copy)
  onProgress({ files: 1, bytes: sizeBytes, item })
  const { method, heldWritersMs, binding, original } = snapshot
  const databases = [{ path: item, journalMode: original.journalMode, method }]
  const { rowCounts, foreignKeyViolations } = examined
  return {
    leftOut: [],
    details: { databases, heldWritersMs, binding, original, rowCounts, foreignKeyViolations },
  }
}

/** `to` is the path of a database. Its file takes the name that the target has. */
async function restore(
  id: string,
  database: LiveDatabase,
  entries: readonly ReadableEntry[],
  options: RestoreSourceOptions,
): Promise<RestoreSourceReport> {
  const target = options.to === null ? database.path : resolve(options.to)
  const [entry, ...others] = entries
  if (entry?.kind !== 'file' || others.length > 0) throw notOne(id)
  const name = basename(target)
  const stored = { ...options.stored, details: renamed(options.stored.details, entry, name) }
  return restoreTree(
    { id, exclude: [], alwaysExclude: [] },
    dirname(target),
    [{ ...entry, path: `${id}/${name}` }],
    { ...options, stored, mirror: false },
  )
}

function renamed(details: Readonly<Record<string, unknown>>, { path }: ReadableEntry, name: string) {
  const databases = Array.isArray(details.databases) ? details.databases : []
  const own = databases.find((one) => path.endsWith(`/${one?.path}`))
  return { databases: own === undefined ? [] : [{ ...own, path: name }] }
}

function notOne(id: string): BackupError {
  return new BackupError('proof-failed', `The archive does not have exactly one database for "${id}"`, {
    hint: 'Nothing was changed. It was not made by this program, or not for this source.',
  })
}
