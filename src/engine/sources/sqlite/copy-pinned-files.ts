import { constants, fstatSync, ftruncateSync, openSync } from 'node:fs'
import type { LiveDatabase } from '../../engine.ts'
import type { Binding, SnapshotOptions } from '../../source.ts'
import { applyLog, logBytes } from './apply-log.ts'
import { type Clonable, cloneFile, mayClone } from './clone-file.ts'
import { copyBytes } from './file-bytes.ts'
import type { LogEnd } from './pin.ts'
import { sourceMoved } from './source-errors.ts'

/** What a pinned commit is made of. */
export interface PinnedFiles extends Clonable {
  readonly database: LiveDatabase
  readonly binding: Binding
  readonly log: LogEnd
}

/**
 * Opens the live main file for copying, which is `Clonable.main`. When a process closes any descriptor of a file it loses all its locks on it:
 * so this one must be opened before SQLite opens the file, and closed after SQLite has closed it.
 */
export function openMainFile(database: LiveDatabase): number {
  return openSync(database.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
}

/**
 * Copies the files of a commit that a read transaction pins. Meanwhile a checkpoint may write pages into the main
 * file, but only such as the pinned part of the log holds too, and nothing can reset the log. When the whole log was
 * in the main file already, nothing can write there at all, and the log is not needed. Returns how it was done.
 */
export async function copyPinnedFiles(
  files: PinnedFiles,
  { signal, onProgress }: Pick<SnapshotOptions, 'signal' | 'onProgress'>,
): Promise<'copied' | 'cloned'> {
  const { database, binding, main, copy, log } = files
  const databaseBytes = binding.pageCount * binding.pageSize
  const total = databaseBytes + (log.checkpointed ? 0 : logBytes(binding.pageSize, log.position.frame))
  // What the commit has beyond the end of the main file is in the log.
  const mainBytes = log.checkpointed ? databaseBytes : Math.min(databaseBytes, fstatSync(main).size)
  const cloned = mayClone(files) && (await cloneFile(files, { signal }))
  const done = cloned
    ? fstatSync(copy).size
    : await copyBytes(main, copy, mainBytes, { signal, onProgress: (bytes) => onProgress(bytes, total) })
  if (done < mainBytes) throw sourceMoved(database, 'it is shorter than the pinned commit')
  if (done > mainBytes) ftruncateSync(copy, mainBytes)
  if (cloned) onProgress(mainBytes, total)
  if (!log.checkpointed)
    await applyLog(database, files, copy, {
      signal,
      onProgress: (bytes) => onProgress(databaseBytes + bytes, total),
    })
  return cloned ? 'cloned' : 'copied'
}
