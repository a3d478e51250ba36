import { closeSync } from 'node:fs'
import type { LiveDatabase } from '../../engine.ts'
import { codeOf, reasonOf } from '../../failure.ts'
import { openMainFile } from './copy-pinned-files.ts'
import { readPiece } from './file-bytes.ts'

const pieceBytes = 1024 * 1024

/** SQLite says so also of a page that the disk could not give it. */
export const saysDamaged = (error: unknown) => codeOf(error) === 'SQLITE_CORRUPT'

/** Rejects with the system's own error when the disk can't read the main file. No connection to it may be open here. */
export async function expectReadable(
  database: LiveDatabase,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const file = openMainFile(database)
  try {
    const piece = Buffer.allocUnsafe(pieceBytes)
    for (let done = 0, read = pieceBytes; read === pieceBytes; done += read) {
      if (signal.aborted) throw reasonOf(signal)
      read = (await readPiece(file, piece, done)).length
    }
  } finally {
    closeSync(file)
  }
}
