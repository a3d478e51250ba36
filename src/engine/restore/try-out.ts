import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import type { Examined } from '../proof/examine.ts'
import { checkBinding } from '../runs/check-binding.ts'
import { examineInRun } from '../runs/examine-in-run.ts'
import type { RunContext } from '../runs/run-in-vault.ts'
import { removeTree } from '../vault/files.ts'
import type { Entry } from '../vault/listing.ts'
import { stagingFolder } from '../vault/place.ts'
import { freeBytes } from '../vault/storage.ts'
import { openChosen } from './chosen-backup.ts'
import { copyFile } from './copy-file.ts'
import { type FileMode, setMode } from './header.ts'
import { backupDamaged } from './refusals.ts'

/** For the log of the copy and the folder. */
const headroomBytes = 1024 * 1024

/**
 * Restores a proven backup into a scratch folder, opens it as the application would, and compares it with what was
 * counted when it was made. Nothing of it is left. Rejects `proof-failed` when it is not the same, `disk-full` when
 * there is no room to try.
 */
export async function tryOut(entry: Entry, context: RunContext, runId: string): Promise<void> {
  const { place } = context
  const { name, sizeBytes } = entry.backup
  expectRoom(place.folder, sizeBytes)
  const folder = stagingFolder(place, runId)
  const path = join(folder, 'trial.sqlite')
  try {
    const mode: FileMode = entry.sidecar?.snapshot?.original.journalMode === 'wal' ? 'wal' : 'delete'
    await copy(entry, context, { path, mode })
    expectSame(entry, await examine(path, sizeBytes, context))
    expectOpens(entry, path, mode)
  } catch (error) {
    throw failureFrom(error, `The backup ${name} could not be restored for trial`)
  } finally {
    removeTree(folder)
  }
}

function expectRoom(folder: string, sizeBytes: number): void {
  const [needed, free] = [sizeBytes + headroomBytes, freeBytes(folder)]
  if (needed <= free) return
  throw new BackupError('disk-full', `A restore for trial needs ${needed} bytes, and ${free} are free`, {
    hint: 'Free some space, delete old backups, or keep the backups on a bigger disk.',
    details: { neededBytes: needed, freeBytes: free },
  })
}

async function copy(
  { backup, identity }: Entry,
  { place, tools }: RunContext,
  { path, mode }: { readonly path: string; readonly mode: FileMode },
): Promise<void> {
  const { fd, stats } = openChosen({ path: join(place.folder, backup.name), identity }, place.live)
  try {
    const { sourceSha256 } = await copyFile(fd, path, {
      signal: tools.signal,
      onProgress: (done) => tools.onProgress('staging', { done, total: stats.size, unit: 'bytes' }),
      change: (first) => setMode(first, mode),
    })
    if (sourceSha256 !== backup.sha256)
      throw backupDamaged(backup.name, 'its content is not what it was when it was made (SHA-256 differs)')
  } finally {
    closeSync(fd)
  }
}

function examine(path: string, sizeBytes: number, { tools }: RunContext): Promise<Examined> {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  return examineInRun({ path, fd, sizeBytes }, tools, { hostile: false, stage: 'compare' })
}

function expectSame({ backup: { name }, sidecar }: Entry, examined: Examined): void {
  if (examined.damage.length > 0)
    throw backupDamaged(name, examined.damage.join('; ').replaceAll(/\s+/g, ' ').slice(0, 500))
  if (sidecar?.snapshot) checkBinding(name, sidecar.snapshot, examined)
  for (const [table, rows] of Object.entries(sidecar?.rowCounts ?? {})) {
    const found = examined.rowCounts[table]
    if (found !== undefined && found !== rows)
      throw backupDamaged(name, `the table "${table}" has ${found} rows instead of ${rows}`)
  }
}

/** As the application does it: for writing, in its own journal mode. */
function expectOpens({ backup: { name } }: Entry, path: string, mode: FileMode): void {
  const connection = new Database(path, { fileMustExist: true, timeout: 0 })
  try {
    const opened = connection.pragma('journal_mode', { simple: true })
    if (opened !== mode)
      throw backupDamaged(name, `it opens in the journal mode "${opened}" instead of "${mode}"`)
    connection.exec('BEGIN IMMEDIATE')
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    connection.exec('ROLLBACK')
  } finally {
    connection.close()
  }
}
