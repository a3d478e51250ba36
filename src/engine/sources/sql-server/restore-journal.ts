import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { failureFrom } from '../../failure.ts'
import { removeFile, syncFolder, writeNewFile } from '../../vault/files.ts'
import type { Named } from './errors.ts'
import { removeShared } from './exchange-folder.ts'

/** What a killed restore may have left: a file in the shared folder, and a database with one seat. */
export interface RestoreJournal {
  /** The database that was being restored. */
  readonly database: string
  /** Name in the shared folder. */
  readonly file: string
  /** Nothing of that name was there before, so what is half restored may be dropped. */
  readonly fresh: boolean
}

const nameOfOurs = /^automate-backup-[0-9a-f]{32}\.bak$/

/** On the disk before anything changes. */
export function writeJournal(path: string, journal: RestoreJournal): void {
  try {
    removeFile(path)
    writeNewFile(path, JSON.stringify(journal))
    syncFolder(dirname(path))
  } catch (error) {
    throw failureFrom(error, 'What is about to be restored could not be written down')
  }
}

export function endJournal(path: string): void {
  removeFile(path)
}

/** Null when nothing was left, or nothing that can be understood: a kill while it was written, before anything began. */
export function readJournal(path: string): RestoreJournal | null {
  if (!existsSync(path)) return null
  try {
    const { database, file, fresh } = JSON.parse(readFileSync(path, 'utf8'))
    const sound = typeof database === 'string' && typeof file === 'string' && nameOfOurs.test(file)
    return sound ? { database, file, fresh: fresh === true } : null
  } catch {
    return null
  }
}

export async function removeLeftover({ localFolder }: Named, { file }: RestoreJournal): Promise<void> {
  await removeShared({ local: join(localFolder, file) })
}
