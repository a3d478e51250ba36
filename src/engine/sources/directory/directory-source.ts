import { resolve } from 'node:path'
import type { ArchiveSource, DirectoryConfig } from '../../archive.ts'
import { BackupError } from '../../errors.ts'
import { codeOf, failureFrom } from '../../failure.ts'
import type { SnapshotSource } from '../../source.ts'
import { compileExclusions, liesWithin } from './exclusions.ts'
import { measureTree } from './measure.ts'
import { OpenFolder } from './open-folder.ts'
import { pourFolderTree } from './pour.ts'
import { restoreTree } from './restore-tree.ts'

export interface DirectoryOptions {
  /** Copies the databases that it meets on its way. */
  readonly databases: SnapshotSource
}

/** A folder with everything below it. */
export function createDirectorySource(
  config: DirectoryConfig & Pick<ArchiveSource, 'id'>,
  { databases }: DirectoryOptions,
): ArchiveSource {
  const { id, kind, path } = config
  const exclusions = compileExclusions(config.exclude, config.alwaysExclude)
  return {
    id,
    kind,
    measure: ({ signal }) => opened(config, (root) => measureTree(root, exclusions, signal)),
    pour: (sink, options) =>
      opened(config, (root) => pourFolderTree({ id, root, exclusions, databases }, sink, options)),
    restore: async (entries, options) => {
      const target = resolve(options.to ?? path)
      if (liesWithin(target, config.alwaysExclude)) throw withinBackups(target)
      return restoreTree(config, target, entries, options)
    },
  }
}

async function opened<T>(
  { path, alwaysExclude }: DirectoryConfig,
  work: (root: OpenFolder) => Promise<T>,
): Promise<T> {
  if (liesWithin(path, alwaysExclude)) throw withinBackups(path)
  const root = openRoot(resolve(path))
  try {
    return await work(root)
  } finally {
    root.release()
  }
}

function openRoot(path: string): OpenFolder {
  try {
    const root = OpenFolder.open(path)
    try {
      root.names()
      return root
    } catch (error) {
      root.release()
      throw error
    }
  } catch (error) {
    throw rootFailure(path, error)
  }
}

function rootFailure(path: string, cause: unknown): BackupError {
  const code = codeOf(cause)
  const details = { about: 'folder', folder: path, ...(code !== '' && { errno: code }) }
  if (code === 'ENOENT') {
    return new BackupError('source-missing', `The folder ${path} was not found`, {
      hint: 'Check the path in the profile, and whether its disk is mounted.',
      details,
      cause,
    })
  }
  if (code === 'ENOTDIR') {
    return new BackupError('source-unsafe', `${path} is not a folder`, {
      hint: 'Name the folder itself in the profile.',
      details,
      cause,
    })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new BackupError('source-unsafe', `The folder ${path} may not be read`, {
      hint: 'Give the user that the application runs as the right to read it.',
      details,
      cause,
    })
  }
  return failureFrom(cause, `The folder ${path} could not be opened`)
}

function withinBackups(path: string): BackupError {
  return new BackupError('source-unsafe', `The folder ${path} lies where backups are kept`, {
    hint: 'Backups are never put into an archive. Name another folder in the profile.',
    details: { about: 'folder', folder: path },
  })
}
