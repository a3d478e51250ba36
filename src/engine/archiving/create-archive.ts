import { closeSync, constants, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ArchiveWriter, LeftOut } from '../archive.ts'
import type { ArchiveRequest, ArchiveResult, ManifestSource, MeasuredSource } from '../archiving.ts'
import { reasonOf } from '../failure.ts'
import { hashFile } from '../proof/hash.ts'
import { applyRetention } from '../runs/apply-retention.ts'
import { type Coming, makeRoom } from '../runs/make-room.ts'
import { type RunContext, runInVault } from '../runs/run-in-vault.ts'
import { removeFile } from '../vault/files.ts'
import { readListing } from '../vault/listing.ts'
import { stagingFolder } from '../vault/place.ts'
import { isTaken, publish, type Staged } from '../vault/publish.ts'
import { nextSequence } from '../vault/sequence.ts'
import { type ArchiveFacts, publicFields, type Sidecar, sidecarVersion } from '../vault/sidecar.ts'
import { factsOf } from './archive-facts.ts'
import { archiveName } from './archive-name.ts'
import type { ArchiveTools } from './archive-tools.ts'
import { expectArchives } from './expect-archives.ts'
import { type ManifestHead, manifestName, manifestText, manifestVersion } from './manifest.ts'
import { describeArchive, proveEntries, readLimits } from './prove-archive.ts'
import { RecordingSink } from './recording-sink.ts'
import { settleUnpacking } from './settle-unpacking.ts'
import { measureAll, type OpenSource, openSources, originOf, withScratch } from './sources.ts'

/** Bytes that an entry takes in an archive besides its content: headers, its name twice, a line in the manifest. */
const perEntry = 1_024
/** For logs, sidecars and folders. */
const headroomBytes = 1024 * 1024
/** Left out things of one source that the answer names; the manifest has all of them. */
const answeredLeftOut = 1_000

/** Makes one archive of a profile's sources: measures, fills, proves, publishes, and removes what the rules release. */
export function createArchive(request: ArchiveRequest, tools: ArchiveTools): Promise<ArchiveResult> {
  expectArchives(request.vault)
  const options = { kind: 'create', expected: 1, patient: request.patient } as const
  return runInVault(request, options, tools, async (context) => {
    settleUnpacking(context.place)
    const sources = openSources(request, tools)
    const measured = await measureAll(sources, tools.signal)
    const released = await makeRoom(request, comingOf(request, measured), context)
    const staged = await new Filling(request, context, tools).stage(sources, measured)
    if (tools.signal.aborted) throw reasonOf(tools.signal)
    context.commit()
    tools.onProgress('publish', null)
    publish(context.place, staged)
    context.published(staged.sidecar.name)
    const retention = await applyRetention(request, await readListing(context.place), context)
    return {
      backup: publicFields(staged.sidecar),
      leftOut: staged.leftOut,
      removed: [...released.removed, ...retention.removed],
      warnings: [...released.warnings, ...retention.warnings],
    }
  })
}

/** At the worst nothing shrinks. A database lies in the scratch folder while it goes into the archive. */
function comingOf({ profileId }: ArchiveRequest, measured: readonly MeasuredSource[]): Coming {
  const bytes = measured.reduce((sum, source) => sum + source.bytes + source.files * perEntry, 0)
  const scratchBytes = Math.max(0, ...measured.map((source) => source.scratchBytes ?? 0))
  return { names: [profileId], bytes, neededBytes: bytes + scratchBytes + headroomBytes }
}

interface Filled {
  readonly head: ManifestHead
  readonly entries: number
  readonly contentBytes: number
}

interface StagedArchive extends Staged {
  readonly leftOut: readonly LeftOut[]
}

/** From sources to a proven archive that waits for its name. */
class Filling {
  readonly #request: ArchiveRequest
  readonly #context: RunContext
  readonly #tools: ArchiveTools
  readonly #folder: string
  readonly #path: string

  constructor(request: ArchiveRequest, context: RunContext, tools: ArchiveTools) {
    this.#request = request
    this.#context = context
    this.#tools = tools
    this.#folder = stagingFolder(context.place, request.runId)
    this.#path = join(this.#folder, 'archive')
  }

  async stage(sources: readonly OpenSource[], measured: readonly MeasuredSource[]): Promise<StagedArchive> {
    const createdAt = this.#context.now()
    const { head } = await this.#fill(createdAt, sources, measured)
    const { sha256, facts } = await this.#prove(head)
    const { place, listing, now } = this.#context
    const { timeZone, nameTemplate } = this.#request
    const name = archiveName(
      nameTemplate,
      { createdAt, timeZone, ending: this.#tools.format.ending },
      (one) => isTaken(place, one),
    )
    const sidecar: Sidecar = {
      formatVersion: sidecarVersion,
      sequence: nextSequence(place, listing),
      runId: this.#request.runId,
      name,
      database: this.#request.profileId,
      createdAt,
      sizeBytes: statSync(this.#path).size,
      trigger: this.#request.trigger,
      createdBy: this.#request.actor?.name ?? null,
      note: this.#request.note,
      sha256,
      proven: { at: now(), outcome: 'passed' },
      checked: null,
      protected: false,
      appVersion: this.#request.appVersion,
      snapshot: null,
      archive: facts,
      foreignKeyViolations: null,
      rowCounts: {},
    }
    const leftOut = head.sources.flatMap((source) =>
      source.leftOut.slice(0, answeredLeftOut).map((one) => ({ ...one, path: `${source.id}/${one.path}` })),
    )
    return { folder: this.#folder, path: this.#path, sidecar, leftOut }
  }

  async #fill(
    createdAt: string,
    sources: readonly OpenSource[],
    measured: readonly MeasuredSource[],
  ): Promise<Filled> {
    const { signal, format } = this.#tools
    removeFile(this.#path)
    const writer = await format.create(this.#path, { signal })
    const sink = new RecordingSink(writer, join(this.#folder, 'entries'))
    try {
      const head = await this.#pourAll(createdAt, sources, measured, sink)
      const { entries, bytes: contentBytes } = sink
      await this.#addManifest(writer, head, sink)
      await writer.finish()
      return { head, entries, contentBytes }
    } catch (error) {
      await writer.abort()
      throw signal.aborted ? reasonOf(signal) : error
    } finally {
      sink.close()
    }
  }

  async #pourAll(
    createdAt: string,
    sources: readonly OpenSource[],
    measured: readonly MeasuredSource[],
    sink: RecordingSink,
  ): Promise<ManifestHead> {
    const { profileId, appVersion, content } = this.#request
    const total = measured.reduce((sum, { bytes }) => sum + bytes, 0)
    const poured: ManifestSource[] = []
    let [doneBytes, doneFiles] = [0, 0]
    for (const [index, { config, source }] of sources.entries()) {
      const [bytesBefore, filesBefore] = [doneBytes, doneFiles]
      const onProgress = ({ files, bytes, item }: { files: number; bytes: number; item: string }) => {
        // What has grown since it was measured must not make a total that is too small look done.
        const done = Math.min(total, bytesBefore + bytes)
        const progress = { done, total, unit: 'bytes' } as const
        this.#tools.onProgress('archive', progress, {
          item: `${config.id}/${item}`,
          files: filesBefore + files,
        })
      }
      const report = await withScratch(this.#folder, (scratch) =>
        source.pour(sink, { signal: this.#tools.signal, scratch, onProgress }),
      )
      const { id, kind } = config
      poured.push({ id, kind, origin: originOf(config), ...sink.takeCount(), ...report })
      doneBytes += measured[index]?.bytes ?? 0
      doneFiles += measured[index]?.files ?? 0
    }
    return { formatVersion: manifestVersion, profileId, createdAt, appVersion, content, sources: poured }
  }

  async #addManifest(writer: ArchiveWriter, head: ManifestHead, sink: RecordingSink): Promise<void> {
    await writer.add({
      kind: 'file',
      path: manifestName,
      mode: 0o644,
      modifiedAt: head.createdAt,
      sizeBytes: 0,
      open: () => Readable.from(bytesOf(manifestText(head, sink.lines())), { objectMode: false }),
    })
  }

  /** The archive is opened again and read as a restore would; nothing of what was in memory vouches for it. */
  async #prove(head: ManifestHead): Promise<{ readonly sha256: string; readonly facts: ArchiveFacts }> {
    const { signal, format, onProgress } = this.#tools
    const name = 'that was just made'
    onProgress('proof', null)
    const fd = openSync(this.#path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    const reader = await format.open(this.#path, { signal, limits: readLimits }).catch((error) => {
      closeSync(fd)
      throw error
    })
    try {
      const description = await describeArchive(reader, name)
      const hashing = hashFile(fd, { signal, onProgress() {} })
      hashing.catch(() => {})
      try {
        await proveEntries(description, name, {
          signal,
          onProgress: (done, total, item, files) =>
            onProgress('proof', { done, total, unit: 'bytes' }, { item, files }),
        })
      } finally {
        await hashing.catch(() => {})
      }
      return { sha256: await hashing, facts: factsOf({ ...description, head }) }
    } finally {
      await reader.close()
      closeSync(fd)
    }
  }
}

/** In pieces that are worth packing. */
async function* bytesOf(text: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let piece = ''
  for await (const part of text) {
    piece += part
    if (piece.length < 64 * 1024) continue
    yield Buffer.from(piece)
    piece = ''
  }
  yield Buffer.from(piece)
}
