import type Database from 'better-sqlite3'
import type { LiveDatabase } from '../engine.ts'
import { failureFrom } from '../failure.ts'
import type { PresentState, PreviewRequest, RestorePreview, TableState } from '../restoring.ts'
import { findPlace } from '../vault/place.ts'
import { matchSchemas, matchVersions } from '../version-match.ts'
import { type ChosenBackup, findChosen, isFromElsewhere } from './chosen-backup.ts'
import { roomFor } from './expect-room.ts'
import { summarizeHostile } from './hostile/summarize-hostile.ts'
import { backupDamaged } from './refusals.ts'
import { type SummaryOptions, summarize } from './summarize.ts'
import { summarizeFile } from './summarize-file.ts'
import { lookAtTarget, saysBroken, type Target } from './target.ts'
import { findUsage, watch } from './usage.ts'

/** Reads a live database in one transaction, by the rules under which a reader disturbs nobody. */
export type LookInto = <T>(database: LiveDatabase, look: (connection: Database.Database) => T) => Promise<T>

/** Milliseconds for counting in each of the two. What is not reached by then is named without numbers. */
const patienceMs = 4_000

type Tables = ReadonlyMap<string, TableState>

/** Says what a restore would change, and changes nothing. */
export async function preview(
  request: PreviewRequest,
  lookInto: LookInto,
  { signal }: { readonly signal: AbortSignal },
): Promise<RestorePreview> {
  const now = Date.parse(request.now)
  const place = findPlace(request.vault)
  const target = lookAtTarget(request.database, place)
  const chosen = findChosen(request.from, place, request.database)
  const inBackup = await summarizeBackup(chosen, now, signal)
  const { present, tables } = await summarizeTarget(target, now, lookInto)
  const schema = matchSchemas(chosen.snapshot?.original ?? null, target.schema)
  return {
    backup: chosen.backup,
    target: target.path,
    version: matchVersions(chosen.backup.appVersion, request.appVersion, schema),
    present,
    tables: sideBySide(tables, inBackup),
    inUse: findUsage(watch(target.path)),
    space: roomFor(place?.folder ?? request.vault.folder, target, chosen.sizeBytes),
  }
}

function optionsFor(rowCounts: SummaryOptions['rowCounts'], now: number): SummaryOptions {
  return { deadline: performance.now() + patienceMs, now, rowCounts }
}

/** What came from elsewhere is only looked into by a process with limits of its own. */
async function summarizeBackup(chosen: ChosenBackup, now: number, signal: AbortSignal): Promise<Tables> {
  const { path, name, rowCounts } = chosen
  const task = { path, now, rowCounts, patienceMs }
  try {
    return isFromElsewhere(chosen) ? await summarizeHostile(task, { signal }) : summarizeFile(task)
  } catch (error) {
    if (saysBroken(error)) throw backupDamaged(name, (error as Error).message)
    throw failureFrom(error, `The backup ${name} could not be read`)
  }
}

async function summarizeTarget(
  target: Target,
  now: number,
  lookInto: LookInto,
): Promise<{ readonly present: PresentState; readonly tables: Tables | null }> {
  const { stats, state, why, database } = target
  if (stats === null) return { present: { state: 'missing' }, tables: null }
  const sizeBytes = stats.size
  if (state === 'broken') return { present: { state: 'damaged', sizeBytes, why }, tables: null }
  try {
    const tables = await lookInto(database, (connection) => summarize(connection, optionsFor({}, now)))
    return { present: { state: 'readable', sizeBytes, modifiedAt: stats.mtime.toISOString() }, tables }
  } catch (error) {
    const failure = failureFrom(error, `The database "${database.name}" could not be read`)
    const damaged = ['source-damaged', 'source-not-a-database'].includes(failure.code)
    return {
      present: damaged
        ? { state: 'damaged', sizeBytes, why: failure.message }
        : { state: 'unreadable', why: failure.message },
      tables: null,
    }
  }
}

function sideBySide(now: Tables | null, inBackup: Tables): RestorePreview['tables'] {
  const names = new Set([...(now?.keys() ?? []), ...inBackup.keys()])
  return [...names].sort().map((table) => ({
    table,
    now: now?.get(table) ?? null,
    inBackup: inBackup.get(table) ?? null,
  }))
}
