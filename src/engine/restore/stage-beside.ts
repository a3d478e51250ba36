import { closeSync, fchmodSync, fchownSync, fstatSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom } from '../failure.ts'
import type { RunTools } from '../runs/run-in-vault.ts'
import type { Original } from '../source.ts'
import { type Identity, syncFolder } from '../vault/files.ts'
import { type ChosenBackup, openChosen } from './chosen-backup.ts'
import { type Copied, copyFile } from './copy-file.ts'
import { setMode } from './header.ts'
import { backupDamaged } from './refusals.ts'
import type { Target } from './target.ts'

export interface StageOptions {
  readonly path: string
  /** Of the backup, as it was just found. */
  readonly sha256: string
  readonly live: ReadonlySet<Identity>
  readonly tools: Pick<RunTools, 'signal' | 'onProgress'>
}

/**
 * Lays the backup beside the database, ready to take its name: owner, group, mode and journal mode are those of the
 * old one, or of the one it was taken from when there is none. It and its name are on the disk when this resolves.
 */
export async function stageBeside(
  chosen: ChosenBackup,
  target: Target,
  { path, sha256, live, tools }: StageOptions,
): Promise<Copied> {
  const { fd, stats } = openChosen(chosen, live)
  const look = looksOf(chosen, target)
  try {
    const copied = await copyFile(fd, path, {
      signal: tools.signal,
      onProgress: (done) => tools.onProgress('staging', { done, total: stats.size, unit: 'bytes' }),
      prepare: (made) => dress(made, look),
      change: (first) => look.journalMode !== null && setMode(first, look.journalMode),
    })
    if (copied.sourceSha256 !== sha256) throw backupDamaged(chosen.name, 'it changed after it was checked')
    syncFolder(dirname(path))
    return copied
  } catch (error) {
    throw failureFrom(error, `The backup could not be laid beside the database (${path})`)
  } finally {
    closeSync(fd)
  }
}

type Looks = Pick<Stats, 'uid' | 'gid' | 'mode'> & { readonly journalMode: Target['mode'] }

function looksOf({ snapshot }: ChosenBackup, { stats, mode, path }: Target): Looks {
  const journalMode = mode ?? modeOf(snapshot?.original)
  if (stats !== null) return { uid: stats.uid, gid: stats.gid, mode: stats.mode, journalMode }
  const folder = statSync(dirname(path))
  const { uid, gid, mode: bits } = snapshot?.original ?? { uid: folder.uid, gid: folder.gid, mode: 0o640 }
  // Only root can give a file away; what anybody else makes is their own.
  const own = process.getuid?.() === 0 ? { uid, gid } : { uid: process.getuid?.() ?? uid, gid: folder.gid }
  return { ...own, mode: bits, journalMode }
}

function modeOf(original: Omit<Original, 'path'> | undefined): Target['mode'] {
  if (original === undefined) return null
  return original.journalMode === 'wal' ? 'wal' : 'delete'
}

function dress(fd: number, { uid, gid, mode }: Looks): void {
  const made = fstatSync(fd)
  try {
    if (made.uid !== uid || made.gid !== gid) fchownSync(fd, uid, gid)
    fchmodSync(fd, mode & 0o777)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
    throw new BackupError(
      'folder-not-writable',
      `The restored file could not be given its owner (user ${uid}, group ${gid})`,
      { hint: 'Run this as the user that the application runs as, or as root.', details: { errno: 'EPERM' } },
    )
  }
}
