import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type {
  DirectoryConfig,
  ReadableEntry,
  RestoreSourceOptions,
  RestoreSourceReport,
  StoredSource,
} from '../../archive.ts'
import { pathProblem } from '../../entry-path.ts'
import { BackupError } from '../../errors.ts'
import { failureFrom, reasonOf } from '../../failure.ts'
import type { FileMode } from '../../restore/header.ts'
import { syncFolder } from '../../vault/files.ts'
import { expectDatabaseUnused } from '../sqlite/replace-database.ts'
import { compileExclusions } from './exclusions.ts'
import { expectAllNamed, removeSurplus } from './mirror.ts'
import { OpenFolder } from './open-folder.ts'
import { Staging, settleStaging } from './staging.ts'
import { TargetTree } from './target-tree.ts'
import { Unpacking } from './unpack.ts'

/** Puts a folder's entries back below `target`. */
export async function restoreTree(
  {
    id,
    exclude,
    alwaysExclude,
  }: Pick<DirectoryConfig, 'exclude' | 'alwaysExclude'> & { readonly id: string },
  target: string,
  entries: readonly ReadableEntry[],
  options: RestoreSourceOptions,
): Promise<RestoreSourceReport> {
  const { signal, stored, mirror, journal } = options
  settleStaging(journal)
  expectSound(entries)
  if (mirror) expectAllNamed(stored)
  if (signal.aborted) throw reasonOf(signal)
  const patterns = [...new Set([...exclude, ...textsIn(stored.details.exclude)])]
  const exclusions = compileExclusions(patterns, alwaysExclude)
  expectUnused(target, stored, options)
  const root = makeRoot(target)
  const tree = new TargetTree(root, exclusions)
  const staging = new Staging(realpathSync(target), journal, randomUUID().slice(0, 8))
  const unpacking = new Unpacking(tree, staging, {
    ...options,
    acceptUnseen: options.acceptUnseen === true,
    journalModes: journalModesIn(stored),
    broken: new Set(
      stored.leftOut.flatMap(({ path, reason }) => (reason === 'broken-database' ? [path] : [])),
    ),
  })
  try {
    for (const entry of entries) if (!isCompanion(entry)) await unpacking.put(pathIn(id, entry), entry)
    for (const entry of entries)
      if (isCompanion(entry)) await unpacking.putCompanion(pathIn(id, entry), entry)
    if (mirror) {
      const kept = new Set(entries.map((entry) => pathIn(id, entry)))
      await removeSurplus(tree, exclusions, { stored, kept, signal })
    }
    return await unpacking.finish()
  } catch (error) {
    throw signal.aborted ? reasonOf(signal) : failureFrom(error, `The folder ${target} could not be restored`)
  } finally {
    unpacking.abandon()
    tree.close()
    staging.close()
    root.release()
  }
}

/** Databases that are looked for among all open files: each costs some milliseconds, and it is looked again later. */
const lookedFor = 50

/** Refused before anything is changed, as far as that can be seen beforehand. */
function expectUnused(target: string, { details }: StoredSource, options: RestoreSourceOptions): void {
  const databases = databasesIn(details).slice(0, lookedFor)
  for (const { path } of databases) {
    expectDatabaseUnused({ name: path, path: join(target, path) }, options.acceptUnseen === true)
  }
}

/** They come last: beside a database that is not their own they would spoil it. */
const isCompanion = ({ kind, path }: ReadableEntry) => kind === 'file' && /.-(?:wal|journal|shm)$/.test(path)

const pathIn = (id: string, { path }: ReadableEntry) => path.slice(id.length + 1)

/** Nothing lies below what is no folder: a link in the archive never becomes a way out of the target. */
function expectSound(entries: readonly ReadableEntry[]): void {
  const leaves = new Set(entries.flatMap(({ kind, path }) => (kind === 'folder' ? [] : [path])))
  for (const { path } of entries) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (!leaves.has(path.slice(0, at))) continue
      throw new BackupError('proof-failed', `The archive has “${path}” below something that is no folder`, {
        hint: 'Nothing was changed. Don’t restore from it: somebody may have made it to do harm.',
      })
    }
  }
}

/** Its name is on the disk when this returns. */
function makeRoot(path: string): OpenFolder {
  try {
    if (!existsSync(path)) {
      mkdirSync(path, { recursive: true, mode: 0o755 })
      syncFolder(dirname(path))
    }
    return OpenFolder.open(path)
  } catch (error) {
    throw failureFrom(error, `The folder ${path} could not be made or opened`)
  }
}

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

/** What an archive says of itself may be anything. */
function journalModesIn({ details }: StoredSource): ReadonlyMap<string, FileMode> {
  const logged = databasesIn(details).filter(({ journalMode }) => journalMode === 'wal')
  return new Map(logged.map(({ path }) => [path, 'wal']))
}

function databasesIn({ databases }: StoredSource['details']): readonly StoredDatabase[] {
  const found = Array.isArray(databases) ? databases : []
  return found.filter((one) => typeof one?.path === 'string' && pathProblem(one.path) === null)
}

type StoredDatabase = { readonly path: string; readonly journalMode?: unknown }
