import { closeSync, readSync } from 'node:fs'
import type { ArchiveImportRequest } from '../archiving.ts'
import type { Backup } from '../backup.ts'
import { BackupError } from '../errors.ts'
import { hashFile } from '../proof/hash.ts'
import type { RunContext } from '../runs/run-in-vault.ts'
import { openUpload, refused, takeUpload } from '../runs/take-upload.ts'
import { isTaken } from '../vault/publish.ts'
import { readSidecar, type Sidecar, sidecarVersion, writeSidecar } from '../vault/sidecar.ts'
import { type FoundUpload, uploadPath } from '../vault/uploads.ts'
import { archiveName } from './archive-name.ts'
import type { ArchiveTools } from './archive-tools.ts'
import type { CheckedArchive } from './check-up.ts'
import { expectArchives } from './expect-archives.ts'
import { settleUnpacking } from './settle-unpacking.ts'

/** Hexadecimal: an entry, or the end of an archive without any. */
const zipBegins = ['504b0304', '504b0506']
/** Tells it from those that were made here. */
const nameTemplate = 'imported_{yyyyMMdd_HHmmss}Z'

/** Takes an archive in: checked, never proven, because there is nothing to compare it with. */
export function importArchive(request: ArchiveImportRequest, tools: ArchiveTools): Promise<Backup | null> {
  expectArchives(request.vault)
  return takeUpload(request, tools, async (upload, context) => {
    settleUnpacking(context.place)
    const { checked, sha256 } = await examine(upload, context, tools)
    return describe(upload, { ...checked, sha256 }, request, { context, ending: tools.format.ending })
  })
}

interface Examined {
  readonly checked: CheckedArchive
  readonly sha256: string
}

/** The hash is counted here, which shows how far it is; the check goes on beside it, in a process with limits. */
async function examine(upload: FoundUpload, { place }: RunContext, tools: ArchiveTools): Promise<Examined> {
  const { id, offset: total } = upload
  const fd = openUpload(upload, place)
  const onProgress = (done: number) =>
    tools.onProgress('proof', { done: Math.min(done, total), total, unit: 'bytes' })
  try {
    expectZip(fd)
    onProgress(0)
    const hash = hashFile(fd, { signal: tools.signal, onProgress })
    try {
      const check = passed({ path: uploadPath(place, id), sizeBytes: total }, tools)
      const [sha256, checked] = await Promise.all([hash, check])
      return { checked, sha256 }
    } finally {
      // A descriptor that is closed while it is being read could by then be another file's.
      await hash.catch(() => {})
    }
  } finally {
    closeSync(fd)
  }
}

async function passed(
  file: Parameters<ArchiveTools['checkArchive']>[0],
  { checkArchive, signal, hostileMs: leastMs }: ArchiveTools,
): Promise<CheckedArchive> {
  const found = await checkArchive(file, { signal, leastMs })
  if ('passed' in found) return found.passed
  if ('stopped' in found) throw refused('archive', 'limits', found.stopped)
  if ('refused' in found) throw refused('archive', found.refused.kind, found.refused.why)
  throw BackupError.fromJSON(found.error)
}

/** What most wrong files are is said more plainly than the reader does. */
function expectZip(fd: number): void {
  const head = Buffer.alloc(4)
  const read = readSync(fd, head, 0, head.length, 0)
  if (read === 0) throw refused('archive', 'empty', 'it is empty')
  if (!zipBegins.includes(head.toString('hex')))
    throw refused('archive', 'not-an-archive', 'it is no ZIP archive')
}

function describe(
  { id, fileName, owner, offset }: FoundUpload,
  { createdAt: told, appVersion, facts, sha256 }: CheckedArchive & { readonly sha256: string },
  { profileId, trigger }: ArchiveImportRequest,
  { context: { place, now }, ending }: { readonly context: RunContext; readonly ending: string },
): Sidecar {
  const checkedAt = now()
  // A time that is still to come is not believed.
  const createdAt = Date.parse(told) <= Date.parse(checkedAt) ? new Date(told).toISOString() : checkedAt
  const named = { createdAt, timeZone: 'utc', ending }
  const sidecar: Sidecar = {
    formatVersion: sidecarVersion,
    sequence: 0,
    runId: id,
    name: archiveName(nameTemplate, named, (one) => isTaken(place, one)),
    database: profileId,
    createdAt,
    sizeBytes: offset,
    trigger,
    createdBy: owner.name,
    note: fileName || null,
    sha256,
    proven: null,
    checked: { at: checkedAt, outcome: 'passed' },
    protected: false,
    appVersion,
    snapshot: null,
    archive: facts,
    foreignKeyViolations: null,
    rowCounts: {},
  }
  // Numbers that somebody has made up may be none that a sidecar can have.
  if (typeof readSidecar(writeSidecar(sidecar)) === 'string')
    throw refused('archive', 'damaged-archive', 'its manifest has numbers that can’t be')
  return sidecar
}
