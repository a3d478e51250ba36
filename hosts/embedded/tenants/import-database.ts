import { rename, rm } from 'node:fs/promises'
import Database from 'better-sqlite3'
import { HostError, messageOf } from '../host-error.ts'

/**
 * Copies a database, with whatever its `-wal` holds, to `target`, which appears whole or not at all. The copy is
 * checked before it is used.
 */
export async function importDatabase(source: string, target: string): Promise<void> {
  const partial = `${target}.import`
  await rm(partial, { force: true })
  try {
    await copy(source, partial)
    assertSound(partial)
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { force: true })
    throw new HostError(
      `${source} can't be imported: ${messageOf(error)}`,
      'Name an SQLite database with --import-db.',
      {
        cause: error,
      },
    )
  }
}

async function copy(source: string, target: string): Promise<void> {
  const database = new Database(source, { readonly: true, fileMustExist: true })
  try {
    // In one step, because a backup in several begins anew whenever somebody else commits.
    const { totalPages } = await database.backup(target, { progress: () => 2 ** 30 })
    if (totalPages === 0) throw new Error('it is empty')
  } finally {
    database.close()
  }
}

function assertSound(file: string): void {
  const database = new Database(file)
  try {
    const result = database.pragma('integrity_check(1)', { simple: true })
    if (result !== 'ok') throw new Error(`it is damaged: ${String(result)}`)
    database.pragma('journal_mode = DELETE')
  } finally {
    database.close()
  }
}
