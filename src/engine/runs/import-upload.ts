import { closeSync, readSync } from 'node:fs'
import type { Backup } from '../backup.ts'
import type { Examined } from '../proof/examine.ts'
import type { ImportRequest } from '../uploading.ts'
import { type FoundUpload, uploadPath } from '../vault/uploads.ts'
import { describeUpload } from './describe-upload.ts'
import { examineInRun } from './examine-in-run.ts'
import type { RunContext, RunTools } from './run-in-vault.ts'
import { openUpload, refused, takeUpload } from './take-upload.ts'

/** Takes a database in. See `BackupEngine.importUpload`. */
export function importUpload(request: ImportRequest, tools: RunTools): Promise<Backup | null> {
  return takeUpload(request, tools, async (upload, context) => {
    const examined = await examine(upload, context)
    if (examined.damage.length > 0)
      throw refused('database', examined.atLimit ? 'limits' : 'damaged', examined.damage.join('; '))
    return describeUpload(upload, examined, request, context)
  })
}

async function examine(upload: FoundUpload, { place, tools }: RunContext): Promise<Examined> {
  const fd = openUpload(upload, place)
  try {
    expectDatabase(fd)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const file = { path: uploadPath(place, upload.id), fd, sizeBytes: upload.offset }
  return examineInRun(file, tools, { hostile: true })
}

/** What most wrong files are is said more plainly than SQLite does. */
function expectDatabase(fd: number): void {
  const head = Buffer.alloc(16)
  const read = readSync(fd, head, 0, head.length, 0)
  if (read === 0) throw refused('database', 'empty', 'it is empty')
  if (head.toString('latin1') !== 'SQLite format 3\0')
    throw refused('database', 'not-a-database', 'it is no SQLite database, or an encrypted one')
}
