import { closeSync, fstatSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Backup } from '../backup.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, isStopping, reasonOf } from '../failure.ts'
import type { ImportRequest } from '../uploading.ts'
import { identityOf, lstatOrNull, openPlainFile } from '../vault/files.ts'
import { type Place, stagingFolder } from '../vault/place.ts'
import { publish } from '../vault/publish.ts'
import { publicFields, type Sidecar } from '../vault/sidecar.ts'
import { usedBytes } from '../vault/storage.ts'
import { type FoundUpload, readUpload, removeUpload, uploadPath } from '../vault/uploads.ts'
import { limitReached } from './begin-upload.ts'
import { type RunContext, type RunTools, runInVault } from './run-in-vault.ts'

/** Checks a whole upload as hostile, and describes the backup that it becomes. Rejects `upload-refused` otherwise. */
export type JudgeUpload = (upload: FoundUpload, context: RunContext) => Promise<Sidecar>

/**
 * Makes a backup of a whole upload that passes its check. It is gone afterwards, whatever became of it, unless the
 * application only stops: then null is returned, and the next start checks it again.
 */
export function takeUpload(
  request: ImportRequest,
  tools: RunTools,
  judge: JudgeUpload,
): Promise<Backup | null> {
  return runInVault(request, { kind: 'upload', expected: 1, patient: true }, tools, async (context) => {
    try {
      const backup = await takeIn(request, context, judge)
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

async function takeIn(request: ImportRequest, context: RunContext, judge: JudgeUpload): Promise<Backup> {
  const { place, tools } = context
  const upload = readUpload(place, request.runId)
  if (upload === null || (upload.sizeBytes !== null && upload.offset !== upload.sizeBytes)) throw gone()
  expectWithinLimits(request, context)
  const sidecar = await judge(upload, context)
  if (tools.signal.aborted) throw reasonOf(tools.signal)
  context.commit()
  tools.onProgress('publish', null)
  const folder = stagingFolder(place, request.runId)
  const path = join(folder, '0.copy')
  try {
    const stats = lstatOrNull(uploadPath(place, upload.id))
    if (stats?.size !== upload.offset || identityOf(stats) !== upload.identity) throw gone()
    renameSync(uploadPath(place, upload.id), path)
  } catch (error) {
    throw failureFrom(error, 'The upload could not be published')
  }
  publish(place, { folder, path, sidecar })
  context.published(sidecar.name)
  return publicFields(sidecar)
}

/** Opens the very file that was made for the upload. The caller closes it. */
export function openUpload({ id, identity, offset }: FoundUpload, place: Place): number {
  const opened = openPlainFile(uploadPath(place, id), place.live)
  if (typeof opened === 'string') throw gone()
  const { fd, stats } = opened
  if (identityOf(fstatSync(fd)) === identity && stats.size === offset) return fd
  closeSync(fd)
  throw gone()
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

const wishes = {
  database: 'Upload a plain copy of a whole SQLite database.',
  archive: 'Upload a ZIP that was made here, or by another installation of this program, as it is.',
} as const

/** `kind` and `wanted` say it in other languages. */
export function refused(wanted: keyof typeof wishes, kind: string, why: string): BackupError {
  const reason = why.replaceAll(/[\s\p{C}]+/gu, ' ').slice(0, 500)
  return new BackupError('upload-refused', `The uploaded file was not taken: ${reason}`, {
    hint: `Nothing of it was kept. ${wishes[wanted]}`,
    details: { reason, kind, wanted },
  })
}

function gone(): BackupError {
  return new BackupError('not-found', 'The upload is not there any more, or not whole', {
    hint: 'Upload the file again.',
  })
}
