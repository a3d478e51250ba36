import { randomBytes } from 'node:crypto'
import { accessSync, constants, lstatSync, readdirSync, type Stats, statfsSync, statSync } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BackupError } from '../../errors.ts'
import { codeOf, failureFrom, isMissing } from '../../failure.ts'
import type { Named } from './errors.ts'
import { foldersDiffer, localFolderUnusable } from './folder-errors.ts'

/** A file in the folder that the server and this program share. */
export interface SharedFile {
  /** As the server calls it. */
  readonly server: string
  /** As this machine calls it. */
  readonly local: string
}

const prefix = 'automate-backup-'
const ours = /^automate-backup-[0-9a-f]{32}\.(bak|probe)$/

/** For the server's account, which is another user: group and folder decide who else may read it. */
const sharedMode = 0o640

/** A name that nobody can guess, lay a link at, or have used before. */
export function freshFile({ serverFolder, localFolder }: Named, ending: 'bak' | 'probe'): SharedFile {
  const name = `${prefix}${randomBytes(16).toString('hex')}.${ending}`
  return { server: joinOnServer(serverFolder, name), local: join(localFolder, name) }
}

/** The server may run on another system than this program. */
export function joinOnServer(folder: string, name: string): string {
  if (/[\\/]$/.test(folder)) return folder + name
  return folder + (folder.startsWith('/') ? '/' : '\\') + name
}

export function expectUsableHere(named: Named): void {
  try {
    if (!statSync(named.localFolder).isDirectory()) throw localFolderUnusable(named, null)
    accessSync(named.localFolder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw error instanceof BackupError ? error : localFolderUnusable(named, error)
  }
}

export function expectRoom({ localFolder, database }: Named, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(localFolder)
  const freeBytes = bavail * bsize
  if (neededBytes <= freeBytes) return
  throw new BackupError(
    'disk-full',
    `The backup of the database "${database}" needs ${neededBytes} bytes in ${localFolder}, and ${freeBytes} are free`,
    {
      hint: 'Free some space there, or choose a folder on a bigger disk.',
      details: { neededBytes, freeBytes },
    },
  )
}

/** Opens what the server wrote: a plain file, whatever the name leads to. */
export async function openWritten(
  file: SharedFile,
  named: Named,
): Promise<{ handle: FileHandle; stats: Stats }> {
  const handle = await openForReading(file, named)
  const stats = await handle.stat()
  if (stats.isFile()) return { handle, stats }
  await handle.close()
  throw localFolderUnusable(named, null)
}

async function openForReading({ local }: SharedFile, named: Named): Promise<FileHandle> {
  try {
    return await open(local, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw isMissing(error) ? foldersDiffer(named) : localFolderUnusable(named, error)
  }
}

/** Fills a file for the server to read. */
export async function layForServer(
  { local }: SharedFile,
  named: Named,
  fill: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(local, 'wx', sharedMode).catch((error) => {
    throw localFolderUnusable(named, error)
  })
  try {
    // Whatever the umask is: a service often has one that keeps everybody else out.
    await handle.chmod(sharedMode)
    await fill(handle)
    await handle.sync()
  } catch (error) {
    throw failureFrom(error, `The file for the SQL Server in ${named.localFolder} could not be written`)
  } finally {
    await handle.close()
  }
}

const removeTries = 5
const removePauseMs = 80

/**
 * Whether the file is gone. On a share it can't be removed while the server still has it open, which it has for a
 * moment after a statement was stopped.
 */
export async function removeShared({ local }: Pick<SharedFile, 'local'>): Promise<boolean> {
  for (let left = removeTries; ; left--) {
    try {
      await unlink(local)
      return true
    } catch (error) {
      if (isMissing(error)) return true
      if (left === 1 || !['EBUSY', 'EPERM', 'EACCES', 'ETXTBSY'].includes(codeOf(error))) return false
      await pause(removePauseMs)
    }
  }
}

/** Removes what a killed run left: nothing that was changed within the longest time that a run may take. */
export async function sweep(
  { localFolder }: Named,
  { olderThanMs, now }: { olderThanMs: number; now: number },
): Promise<void> {
  for (const name of readdirSync(localFolder).filter((one) => ours.test(one))) {
    const local = join(localFolder, name)
    const stats = lstatSync(local, { throwIfNoEntry: false })
    if (stats?.isFile() === true && now - stats.mtimeMs > olderThanMs) await removeShared({ local })
  }
}
