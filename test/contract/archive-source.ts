import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type {
  ArchiveEntry,
  ArchiveFormat,
  ArchiveSource,
  EntrySink,
  LeftOutReason,
  RestoreSourceReport,
  SourceProgress,
  SourceReport,
  StoredSource,
} from '../../src/engine/archive.ts'
import { BackupError } from '../../src/engine/errors.ts'
import { cancelled } from '../../src/engine/failure.ts'
import { plainFormat } from '../support/plain-format.ts'
import { startWatch } from '../support/processes.ts'
import { tempFolder } from '../support/tenant.ts'
import { pathsBelow } from '../support/tree.ts'

/** A source with something in it, fresh for every test. */
export interface SourceBench {
  readonly source: ArchiveSource
  /** Where it takes from, as a manifest says it. */
  readonly origin: string
  /** Paths of entries that must be in the archive, among others. */
  readonly takes: readonly string[]
  /** What must be listed, among others. */
  readonly leavesOut: readonly { readonly path: string; readonly reason: LeftOutReason }[]
  /** Another place for a restore, where nothing is yet. */
  readonly elsewhere: string
  /** Folders in which nothing of ours may be left lying or open, besides what is restored. */
  readonly watched: readonly string[]
  /** Everything that a restore has to bring back, in a form that can be compared; at the origin without an argument. */
  content(at?: string): Promise<unknown> | unknown
  /** Spoils what is there so that `content` is another one. */
  spoil(): Promise<void> | void
  /** Makes it impossible to take. */
  breakDown(): Promise<void> | void
}

/** The promises of `ArchiveSource`, for every implementation. */
export function describeArchiveSource(
  title: string,
  open: () => Promise<SourceBench>,
  format: ArchiveFormat = plainFormat,
): void {
  describe(`the source ${title}`, () => {
    it('has an id that is fit for the first segment of a path', async () => {
      const { source } = await open()
      expect(source.id).toMatch(/^[A-Za-z0-9-]+$/)
    })

    it('measures what it is about to take, and changes nothing', async () => {
      const bench = await open()
      const before = await bench.content()
      const size = await bench.source.measure({ signal: never() })
      expect(size.files).toBeGreaterThan(0)
      expect(size.bytes).toBeGreaterThan(0)
      expect(size.largest.length).toBeLessThanOrEqual(12)
      const largest = size.largest.map(({ bytes }) => bytes)
      expect(largest).toEqual([...largest].sort((a, b) => b - a))
      expect(await bench.content()).toEqual(before)
    })

    it('says what to do when it can’t be taken', async () => {
      const bench = await open()
      await bench.breakDown()
      const error = await bench.source.measure({ signal: never() }).catch((cause) => cause)
      expect(error).toBeInstanceOf(BackupError)
      expect(error).toMatchObject({ message: /\w/, hint: /\w/ })
      expect(error.code).not.toBe('internal')
    })

    it('adds all that it has, each path once and below its id, and changes nothing', async () => {
      const bench = await open()
      const before = await bench.content()
      const { added } = await pour(bench, format)
      const paths = added.map(({ path }) => path)
      expect(paths).toEqual(expect.arrayContaining([...bench.takes]))
      expect(new Set(paths).size).toBe(paths.length)
      for (const path of paths) {
        expect(path.split('/')[0]).toBe(bench.source.id)
        expect(path.split('/')).not.toContain('..')
        expect(path.split('/')).not.toContain('')
      }
      expect(await bench.content()).toEqual(before)
      expect(openBelow(bench.watched)).toEqual([])
    })

    it('lists what it left out, with the reason, as plain JSON', async () => {
      const bench = await open()
      const { report } = await pour(bench, format)
      for (const left of bench.leavesOut) expect(report.leftOut).toContainEqual(expect.objectContaining(left))
      expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    })

    it('tells how far it is, never backwards, and comes to what it measured', async () => {
      const bench = await open()
      const size = await bench.source.measure({ signal: never() })
      const told: SourceProgress[] = []
      await pour(bench, format, { onProgress: (progress) => void told.push(progress) })
      expect(told.length).toBeGreaterThan(0)
      for (const [index, { files, bytes }] of told.entries()) {
        expect(files).toBeGreaterThanOrEqual(told[index - 1]?.files ?? 0)
        expect(bytes).toBeGreaterThanOrEqual(told[index - 1]?.bytes ?? 0)
      }
      expect(told.at(-1)!.files).toBe(size.files)
      expect(told.some(({ item }) => item !== '')).toBe(true)
    })

    it.each([0, 1, 2])('adds nothing any more once it is aborted, here before entry %i', async (count) => {
      const bench = await open()
      const before = await bench.content()
      const abort = new AbortController()
      const reason = cancelled('admin')
      let after = 0
      const sinkAt = (sink: EntrySink): EntrySink => {
        let number = 0
        return {
          add(entry) {
            if (abort.signal.aborted) after++
            if (number++ === count) abort.abort(reason)
            return sink.add(entry)
          },
        }
      }
      if (count === 0) abort.abort(reason)
      const watch = startWatch()
      const entries = bench.takes.length
      const poured = pour(bench, format, { signal: abort.signal, sinkAt })
      if (count < Math.max(1, entries)) await expect(poured).rejects.toBe(reason)
      else await poured
      expect(watch()).toBeLessThan(1_000)
      expect(after).toBe(0)
      expect(await bench.content()).toEqual(before)
      expect(openBelow(bench.watched)).toEqual([])
    })

    it('fails with the error of an archive that takes no more', async () => {
      const bench = await open()
      const full = new BackupError('disk-full', 'The disk is full', { hint: 'Free some space.' })
      const sinkAt = (): EntrySink => ({ add: () => Promise.reject(full) })
      await expect(pour(bench, format, { sinkAt })).rejects.toMatchObject({ code: 'disk-full' })
      expect(openBelow(bench.watched)).toEqual([])
    })

    it('puts back what it took', async () => {
      const bench = await open()
      const taken = await bench.content()
      const archive = await pour(bench, format)
      await bench.spoil()
      expect(await bench.content()).not.toEqual(taken)
      const report = await restore(bench, format, archive)
      expect(await bench.content()).toEqual(taken)
      expect(report.files).toBeGreaterThan(0)
      expect(report.bytes).toBeGreaterThan(0)
      await restore(bench, format, archive)
      expect(await bench.content()).toEqual(taken)
      expect(strays(bench.watched)).toEqual([])
      expect(openBelow(bench.watched)).toEqual([])
    })

    it('puts it elsewhere and leaves the original alone', async () => {
      const bench = await open()
      const taken = await bench.content()
      const archive = await pour(bench, format)
      await bench.spoil()
      const spoilt = await bench.content()
      await restore(bench, format, archive, { to: bench.elsewhere })
      expect(await bench.content(bench.elsewhere)).toEqual(taken)
      expect(await bench.content()).toEqual(spoilt)
    })

    it('can be aborted while it puts back, and finishes when it is asked again', async () => {
      const bench = await open()
      const taken = await bench.content()
      const archive = await pour(bench, format)
      await bench.spoil()
      const abort = new AbortController()
      const reason = cancelled('admin')
      const onProgress = () => abort.abort(reason)
      const outcome = await restore(bench, format, archive, { signal: abort.signal, onProgress }).catch(
        (error) => error,
      )
      expect(outcome).toBe(reason)
      expect(strays(bench.watched)).toEqual([])
      await restore(bench, format, archive)
      expect(await bench.content()).toEqual(taken)
    })
  })
}

export interface Poured {
  /** Of the archive. */
  readonly path: string
  readonly added: readonly ArchiveEntry[]
  readonly report: SourceReport
}

export interface PourSettings {
  readonly signal?: AbortSignal
  onProgress?(progress: SourceProgress): void
  /** Comes between the source and the archive. */
  sinkAt?(sink: EntrySink): EntrySink
}

/** Puts a source into an archive of its own. */
export async function pour(
  { source }: Pick<SourceBench, 'source'>,
  format: ArchiveFormat = plainFormat,
  { signal = never(), onProgress = () => {}, sinkAt = (sink) => sink }: PourSettings = {},
): Promise<Poured> {
  const folder = await tempFolder()
  const path = join(folder, `archive${format.ending}`)
  const writer = await format.create(path, { signal })
  const added: ArchiveEntry[] = []
  const keeping: EntrySink = {
    async add(entry) {
      const stored = await writer.add(entry)
      added.push(entry)
      return stored
    },
  }
  try {
    const scratch = mkdtempSync(join(folder, 'scratch-'))
    const report = await source.pour(sinkAt(keeping), { signal, scratch, onProgress })
    await writer.finish()
    return { path, added, report }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

export interface RestoreSettings {
  readonly signal?: AbortSignal
  readonly to?: string
  readonly mirror?: boolean
  readonly journal?: string
  onProgress?(): void
}

/** Puts an archive's entries back. */
export async function restore(
  { source, origin }: Pick<SourceBench, 'source' | 'origin'>,
  format: ArchiveFormat,
  { path, report }: Poured,
  { signal = never(), to, mirror = false, journal, onProgress = () => {} }: RestoreSettings = {},
): Promise<RestoreSourceReport> {
  const folder = await tempFolder()
  const scratch = mkdtempSync(join(folder, 'scratch-'))
  const limits = { maxEntries: 1_000_000, maxBytes: 1e12 }
  const reader = await format.open(path, { signal: never(), limits })
  const stored: StoredSource = { origin, ...report }
  try {
    return await source.restore(reader.entries, {
      signal,
      stored,
      to: to ?? null,
      mirror,
      journal: journal ?? join(folder, 'journal'),
      scratch,
      onProgress,
    })
  } finally {
    await reader.close()
  }
}

const never = () => new AbortController().signal

/** What this process has open there, as far as the system shows it. */
function openBelow(folders: readonly string[]): readonly string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd')
    .map((fd) => linkOf(`/proc/self/fd/${fd}`))
    .filter((path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)))
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** Files of ours, which have no business there any more. */
function strays(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => pathsBelow(folder).filter((path) => path.includes('.restoring')))
}
