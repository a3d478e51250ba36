import type { RestoreSourceReport } from '../archive.ts'
import type {
  ArchiveRestoreRequest,
  ArchiveRestoreResult,
  ManifestSource,
  NamedSource,
  RestoreOrder,
} from '../archiving.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, partly, reasonOf } from '../failure.ts'
import { type RunContext, runInVault } from '../runs/run-in-vault.ts'
import { findEntry, notFound } from '../vault/listing.ts'
import { findPlace, stagingFolder } from '../vault/place.ts'
import { compareVersions } from '../version-match.ts'
import type { ArchiveTools } from './archive-tools.ts'
import { type ChosenArchive, openChosen } from './chosen-archive.ts'
import { expectArchives } from './expect-archives.ts'
import { journalOf, settleUnpacking } from './settle-unpacking.ts'
import { type OpenSource, openSource, withScratch } from './sources.ts'
import { judgeOpen, recordVerdict } from './verify-archive.ts'

/** Untouched things of one source that the answer names. */
const answeredUntouched = 1_000

/**
 * Puts sources of an archive back, after all of it was proven. What was restored before a failure stays: each file is
 * wholly the old or the new one, and calling it again finishes.
 */
export function restoreArchive(
  request: ArchiveRestoreRequest,
  tools: ArchiveTools,
): Promise<ArchiveRestoreResult> {
  expectArchives(request.vault)
  const about = listedIn(request)
  return runInVault(request, { kind: 'restore', expected: 1, about }, tools, async (context) => {
    settleUnpacking(context.place)
    const chosen = await openChosen(request.from, context.place, tools)
    try {
      if (about.length === 0) context.published(chosen.name)
      guardVersion(request, chosen)
      const orders = request.sources.map((order) => findOrdered(order, chosen, request, tools))
      await proveFirst(chosen, context, tools, request)
      const sources = await restoreAll(orders, chosen, { request, context, tools })
      return { restored: chosen.name, sources }
    } finally {
      await chosen.close()
    }
  })
}

/** A name that isn't listed is refused before a run begins. */
function listedIn({ from, vault }: ArchiveRestoreRequest): readonly string[] {
  if ('file' in from || from.in !== undefined) return []
  const place = findPlace(vault)
  if (place === null) throw notFound()
  return [findEntry(place, from.listed).backup.name]
}

async function proveFirst(
  chosen: ChosenArchive,
  context: RunContext,
  tools: ArchiveTools,
  { runId, from }: ArchiveRestoreRequest,
): Promise<void> {
  tools.onProgress('proof', null)
  const verdict = await judgeOpen(chosen, tools)
  try {
    const isHere = 'listed' in from && from.in === undefined
    if (chosen.entry !== null && isHere) recordVerdict(chosen.entry, verdict, context, runId)
  } catch {
    // Where nothing can be written now the restore itself will say so; the verdict stands all the same.
  }
  if (verdict.failure !== null) throw verdict.failure
}

/** Files of one version beside a database of another make an application that nobody has ever tried. */
function guardVersion(
  { appVersion, anyVersion }: ArchiveRestoreRequest,
  { name, description: { head } }: ChosenArchive,
): void {
  const { appVersion: archived } = head
  if (anyVersion || appVersion === null || archived === null) return
  if (compareVersions(archived, appVersion) === 0) return
  throw new BackupError(
    'other-version',
    `The archive ${name} is of version ${archived} of the application, but version ${appVersion} is installed`,
    {
      hint: 'Install that version first, take another archive, or say that any version will do.',
      details: { name, backup: archived, running: appVersion },
    },
  )
}

interface Ordered extends OpenSource {
  readonly order: RestoreOrder
  readonly stored: ManifestSource
}

function findOrdered(
  order: RestoreOrder,
  { name, description }: ChosenArchive,
  { vault }: ArchiveRestoreRequest,
  tools: ArchiveTools,
): Ordered {
  const stored = description.head.sources.find(({ id }) => id === order.id)
  if (stored === undefined) throw unfit(`The archive ${name} has no source "${order.id}"`)
  const config = order.config ?? configFrom(stored)
  if (config.kind !== stored.kind || config.id !== stored.id) {
    throw unfit(`The source "${order.id}" is another one now than in the archive ${name}`)
  }
  return { order, stored, ...openSource(config, vault.folder, tools) }
}

/** A source that no profile knows any more goes to where it was taken from. */
function configFrom({ id, kind, origin, details }: ManifestSource): NamedSource {
  if (kind === 'mssql') throw unfit(`How to reach the database "${origin}" is not part of an archive`)
  if (kind === 'sqlite') return { id, kind, path: origin }
  const exclude = Array.isArray(details.exclude)
    ? details.exclude.filter((one) => typeof one === 'string')
    : []
  return { id, kind, path: origin, exclude, alwaysExclude: [] }
}

function unfit(message: string): BackupError {
  return new BackupError('invalid-request', message, {
    hint: 'Look at what is in the archive, and choose again. Nothing was changed.',
  })
}

type Restored = ArchiveRestoreResult['sources'][number]

async function restoreAll(
  orders: readonly Ordered[],
  chosen: ChosenArchive,
  {
    request,
    context,
    tools,
  }: {
    readonly request: ArchiveRestoreRequest
    readonly context: RunContext
    readonly tools: ArchiveTools
  },
): Promise<readonly Restored[]> {
  const total = orders.reduce((sum, { stored }) => sum + stored.bytes, 0)
  const restored: Restored[] = []
  let [bytesBefore, filesBefore] = [0, 0]
  for (const { order, source, stored } of orders) {
    if (tools.signal.aborted) throw reasonOf(tools.signal)
    const below = `${order.id}/`
    const entries = chosen.description.entries.filter(
      ({ path }) => path === order.id || path.startsWith(below),
    )
    const report = await withScratch(stagingFolder(context.place, request.runId), (scratch) =>
      source.restore(entries, {
        signal: tools.signal,
        stored,
        to: order.to,
        mirror: request.mirror,
        acceptUnseen: request.acceptUnseen === true,
        journal: journalOf(context.place, order.id),
        scratch,
        onProgress({ files, bytes, item }) {
          const progress = { done: Math.min(total, bytesBefore + bytes), total, unit: 'bytes' } as const
          tools.onProgress('unpack', progress, { item: `${order.id}/${item}`, files: filesBefore + files })
        },
      }),
    ).catch((error) => {
      throw tools.signal.aborted
        ? partly(reasonOf(tools.signal))
        : failureFrom(error, `"${order.id}" could not be restored`)
    })
    restored.push({ id: order.id, ...shorten(report) })
    bytesBefore += stored.bytes
    filesBefore += report.files
  }
  return restored
}

function shorten({ files, bytes, untouched }: RestoreSourceReport): RestoreSourceReport {
  return { files, bytes, untouched: untouched.slice(0, answeredUntouched) }
}
