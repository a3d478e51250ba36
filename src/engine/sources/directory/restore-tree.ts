import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type {
  DirectoryConfig,
  ReadableEntry,
  RestoreSourceOptions,
  RestoreSourceReport,
  StoredSource,
} from '../../archive.ts'
import { BackupError } from '../../errors.ts'
import { failureFrom, reasonOf } from '../../failure.ts'
import type { FileMode } from '../../restore/header.ts'
import { syncFolder } from '../../vault/files.ts'
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
  const root = makeRoot(target)
  const tree = new TargetTree(root, exclusions)
  const staging = new Staging(realpathSync(target), journal, randomUUID().slice(0, 8))
  const unpacking = new Unpacking(tree, staging, {
    ...options,
    acceptUnseen: options.acceptUnseen === true,
    journalModes: journalModesIn(stored),
  })
  try {
    for (const entry of entries) await unpacking.put(pathIn(id, entry), entry)
    if (mirror) {
      const kept = new Set(entries.map((entry) => pathIn(id, entry)))
      await removeSurplus(tree, exclusions, { stored, kept, signal })
    }
    return await unpacking.finish()
  } finally {
    unpacking.abandon()
    tree.close()
    staging.close()
    root.release()
  }
}

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
  const found = new Map<string, FileMode>()
  for (const one of Array.isArray(details.databases) ? details.databases : []) {
    if (typeof one?.path === 'string' && one.journalMode === 'wal') found.set(one.path, 'wal')
  }
  return found
}
