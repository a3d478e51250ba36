import { closeSync, fstatSync, readSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Backup } from '../backup.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, isStopping, reasonOf } from '../failure.ts'
import { type Examined, examineFile } from '../proof/examine.ts'
import type { ImportRequest } from '../uploading.ts'
import { identityOf, lstatOrNull, openPlainFile } from '../vault/files.ts'
import { stagingFolder } from '../vault/place.ts'
import { publish } from '../vault/publish.ts'
import { publicFields } from '../vault/sidecar.ts'
import { usedBytes } from '../vault/storage.ts'
import { type FoundUpload, readUpload, removeUpload, uploadPath } from '../vault/uploads.ts'
import { limitReached } from './begin-upload.ts'
import { describeUpload } from './describe-upload.ts'
import { type RunContext, type RunTools, runInVault } from './run-in-vault.ts'

/**
 * Checks a whole upload as hostile and makes a backup of it. It is gone afterwards, whatever became of it, unless the
 * application only stops: then null is returned, and the next start checks it again.
 */
export function importUpload(request: ImportRequest, tools: RunTools): Promise<Backup | null> {
  return runInVault(request, { kind: 'upload', expected: 1, patient: true }, tools, async (context) => {
    try {
      const backup = await takeIn(request, context)
      removeUpload(context.place, request.runId)
      return backup
    } catch (error) {
      if (tools.signal.aborted && isStopping(reasonOf(tools.signal))) {
        context.park()
        return null
      }
      removeUpload(context.place, request.runId)
      throw error
    }
  })
}

async function takeIn(request: ImportRequest, context: RunContext): Promise<Backup> {
  const { place, tools } = context
  const upload = readUpload(place, request.runId)
  if (upload === null || (upload.sizeBytes !== null && upload.offset !== upload.sizeBytes)) throw gone()
  expectWithinLimits(request, context)
  const examined = await examine(upload, context)
  if (examined.damage.length > 0)
    throw refused(
      examined.damage.join('; '),
      examined.damage[0]?.startsWith('its check ') ? 'limits' : 'damaged',
    )
  if (tools.signal.aborted) throw reasonOf(tools.signal)
  const sidecar = describeUpload(upload, examined, request, context)
  context.commit()
  tools.onProgress('publish', null)
  const folder = stagingFolder(place, request.runId)
  const path = join(folder, '0.copy')
  try {
    if (lstatOrNull(uploadPath(place, upload.id))?.size !== upload.offset) throw gone()
    renameSync(uploadPath(place, upload.id), path)
  } catch (error) {
    throw failureFrom(error, 'The upload could not be published')
  }
  publish(place, { folder, path, sidecar })
  context.published(sidecar.name)
  return publicFields(sidecar)
}

/** Looked at again: other runs may have filled the folder since the upload began. */
function expectWithinLimits({ limits: { maxBytes, maxCount } }: ImportRequest, context: RunContext): void {
  const used = maxBytes === null ? 0 : usedBytes(context.place.folder)
  if (maxBytes !== null && used > maxBytes) throw limitReached(used, maxBytes)
  const count = context.listing.entries.length
  if (maxCount !== null && count >= maxCount) {
    throw new BackupError(
      'limit-reached',
      `There are ${count} backups, and the operator allows ${maxCount}`,
      {
        hint: 'Delete what is no longer needed, or ask the operator for more.',
        details: { count, max: maxCount },
      },
    )
  }
}

async function examine(
  { id, identity, offset }: FoundUpload,
  { place, tools }: RunContext,
): Promise<Examined> {
  const path = uploadPath(place, id)
  const opened = openPlainFile(path, place.live)
  if (typeof opened === 'string') throw gone()
  const { fd } = opened
  try {
    if (identityOf(fstatSync(fd)) !== identity || opened.stats.size !== offset) throw gone()
    expectDatabase(fd)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  tools.onProgress('proof', { done: 0, total: offset, unit: 'bytes' })
  return examineFile(
    { path, fd, sizeBytes: offset },
    {
      signal: tools.signal,
      hostile: true,
      hostileMs: tools.hostileMs,
      onAbandoned: tools.onAbandoned,
      checkElsewhere: tools.checkElsewhere,
      onProgress: (done, total) => tools.onProgress('proof', { done, total, unit: 'bytes' }),
    },
  )
}

/** What most wrong files are is said more plainly than SQLite does. */
function expectDatabase(fd: number): void {
  const head = Buffer.alloc(16)
  const read = readSync(fd, head, 0, head.length, 0)
  if (read === 0) throw refused('it is empty', 'empty')
  if (head.toString('latin1') !== 'SQLite format 3\0')
    throw refused('it is no SQLite database, or an encrypted one', 'not-a-database')
}

function refused(why: string, kind: 'empty' | 'not-a-database' | 'damaged' | 'limits'): BackupError {
  const reason = why.replaceAll(/[\s\p{C}]+/gu, ' ').slice(0, 500)
  return new BackupError('upload-refused', `The uploaded file was not taken: ${reason}`, {
    hint: 'Nothing of it was kept. Upload a plain copy of a whole SQLite database.',
    details: { reason, kind },
  })
}

function gone(): BackupError {
  return new BackupError('not-found', 'The upload is not there any more, or not whole', {
    hint: 'Upload the file again.',
  })
}
