import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, parse, relative, resolve } from 'node:path'
import { archiveVault } from '../engine/archiving.ts'
import type { Vault } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { OperatorSettings } from '../settings/operator-settings.ts'

/** Files that only this program makes, and only where backups are. */
const signs = ['.lock', '.sequence', '.runs.jsonl']

/** Without databases: nothing live is needed, or touched, to look at what lies in a folder. */
export function vaultIn(directory: string, settings: OperatorSettings): Vault {
  const elsewhere = folderElsewhere(directory, settings)
  if (elsewhere !== null && isFolder(elsewhere)) return { root: directory, folder: elsewhere, databases: [] }
  // A folder of archives is named itself: it belongs to no tenant.
  if (holdsArchives(directory)) return archiveVault(directory)
  const inside = join(directory, 'backups')
  return isFolder(inside)
    ? { root: directory, folder: inside, databases: [] }
    : { root: dirname(directory), folder: directory, databases: [] }
}

function holdsArchives(directory: string): boolean {
  return isBackupsFolder(directory) && readdirSync(directory).some((name) => name.endsWith('.zip'))
}

/**
 * The folder named for the backups of a database; where the database itself lies in it that is its tenant's root, and
 * they go into the folder below: what lies among backups is taken for one.
 */
export function folderBeside(database: string, folder: string): string {
  const holdsIt = isSame(dirname(database), folder) && !isBackupsFolder(folder)
  return holdsIt ? join(folder, 'backups') : folder
}

/** The folder that a file lies in. */
export function vaultAround(file: string): Vault {
  const folder = dirname(resolve(file))
  return { root: dirname(folder), folder, databases: [] }
}

/** Whether backups are kept in that folder, and not just a file that happens to be one. */
export function isBackupsFolder(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => signs.includes(name))
  } catch {
    return false
  }
}

/**
 * The folder in which the state of `target` before a restore of `file` is kept, and whose lock is held: the one of the
 * tenant that the database belongs to. A backup in another tenant's folder is refused: what is saved would end up there.
 */
export function vaultFor(target: string, file: string, settings: OperatorSettings): Vault {
  const databases = [{ name: parse(target).name, path: target }]
  const own = ownVault(target, settings)
  const around = vaultAround(file)
  const inBackups = isBackupsFolder(around.folder)
  // Backups on a disk that is mounted read-only are restored, too; the present state is saved elsewhere then.
  const mayKeep = inBackups && isWritable(around.folder)
  if (own !== null) {
    if (inBackups && !isSame(own.folder, around.folder)) throw wrongTenant(file, own.folder)
    return { ...own, databases }
  }
  // What is not there has nothing to be saved, so that no folder has to be made for it.
  if (mayKeep && (isBelow(target, around.root) || !exists(target))) return { ...around, databases }
  return { root: dirname(target), folder: join(dirname(target), 'backups'), databases }
}

/** Upwards from the database, because it may lie deep in its tenant's root. */
function ownVault(target: string, settings: OperatorSettings): Vault | null {
  for (let root = dirname(target); ; root = dirname(root)) {
    for (const folder of [folderElsewhere(root, settings), join(root, 'backups')]) {
      if (folder === null || !isBackupsFolder(folder)) continue
      if (isTrusted(folder, target)) return { root, folder, databases: [] }
    }
    if (dirname(root) === root) return null
  }
}

/**
 * A stranger's folder of that name, further up and writable for everybody as `/tmp` is, must not be given the saved
 * state: it has to belong to who owns the database's folder, to this user, or to root.
 */
function isTrusted(folder: string, target: string): boolean {
  const above = statSync(dirname(target), { throwIfNoEntry: false })
  return [0, process.getuid?.(), above?.uid].includes(statSync(folder).uid)
}

/** The command line knows no tenants; in the hosts so far a tenant's id is the name of its root folder. */
function folderElsewhere(root: string, { backupsFolder }: OperatorSettings): string | null {
  return backupsFolder === null ? null : backupsFolder.replaceAll('{tenant}', basename(root))
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    // The folder above can't be looked into: looking for the backups there says so.
    return false
  }
}

/** With links in the folders above resolved, so that it is known whose database it is. */
export function withoutLinks(path: string): string {
  return join(real(dirname(path)), basename(path))
}

export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What a database has left beside its name has to be saved, too. */
const exists = (path: string) =>
  ['', '-wal', '-journal', '-shm'].some(
    (end) => statSync(path + end, { throwIfNoEntry: false }) !== undefined,
  )

export const isBelow = (path: string, folder: string) =>
  !relative(real(folder), real(dirname(path))).startsWith('..')

const isSame = (one: string, other: string) => real(one) === real(other)

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

function wrongTenant(file: string, folder: string): BackupError {
  return new BackupError(
    'wrong-tenant',
    `${file} lies among the backups of another tenant; those of this database are in ${folder}`,
    {
      hint: 'If it really is to replace this database, copy it into that folder first: there it is treated as a file from elsewhere, and checked.',
      details: { file, folder },
    },
  )
}
