import { constants, openSync, statSync } from 'node:fs'
import type { LiveDatabase } from '../../engine.ts'
import { BackupError } from '../../errors.ts'
import { type Examined, examineFile } from '../../proof/examine.ts'
import { checkBinding } from '../../runs/check-binding.ts'
import type { Snapshot, SnapshotSource } from '../../source.ts'
import { removeFile } from '../../vault/files.ts'

export interface TakenDatabase {
  readonly snapshot: Snapshot
  readonly examined: Examined
  readonly sizeBytes: number
}

export interface TakeOptions {
  readonly signal: AbortSignal
  /** Bytes of the database that are copied. */
  onProgress(done: number): void
}

/**
 * Copies a live database into a new file and proves the copy as that of a tenant: it is whole, and the very commit that
 * was pinned. Leaves nothing when it rejects.
 */
export async function takeDatabase(
  source: SnapshotSource,
  database: LiveDatabase,
  target: string,
  { signal, onProgress }: TakeOptions,
): Promise<TakenDatabase> {
  try {
    const snapshot = await source.snapshot(database, target, { signal, onPinned() {}, onProgress })
    const examined = await examineFile(
      {
        path: target,
        fd: openSync(target, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)),
        sizeBytes: statSync(target).size,
      },
      // A thread that can't be stopped reads a file that has lost its name to its end, and harms nobody.
      { signal, hostile: false, onAbandoned() {}, onProgress() {}, checkElsewhere: async () => null },
    )
    if (examined.damage.length > 0) throw damaged(database, examined.damage)
    checkBinding(database.name, snapshot, examined)
    return { snapshot, examined, sizeBytes: statSync(target).size }
  } catch (error) {
    for (const end of ['', '-wal', '-shm', '-journal']) removeFile(target + end)
    throw error
  }
}

function damaged({ name }: LiveDatabase, messages: readonly string[]): BackupError {
  const text = messages.join('; ').replaceAll(/\s+/g, ' ').slice(0, 500)
  return new BackupError('source-damaged', `The database "${name}" is damaged: ${text}`, {
    hint: 'Not the copy but the database itself is damaged. Restore an earlier backup of it.',
    details: { database: name },
  })
}
