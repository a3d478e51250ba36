import type { DrillRequest, DrillResult } from '../drilling.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, reasonOf } from '../failure.ts'
import { type RunContext, type RunTools, runInVault } from '../runs/run-in-vault.ts'
import { judge, recordVerdict } from '../runs/verify.ts'
import { record } from '../vault/audit-outbox.ts'
import type { Entry } from '../vault/listing.ts'
import { tryOut } from './try-out.ts'

/**
 * Finds out whether the backups are still what they were, before anybody needs them: proves again those that nobody
 * has looked at for long, the longest unseen first, and restores the newest of each database for trial. One that is
 * damaged fails the run and is marked; the others are looked at all the same.
 */
export function drill(request: DrillRequest, tools: RunTools): Promise<DrillResult> {
  const { patient } = request
  return runInVault(request, { kind: 'drill', expected: 0, patient }, tools, async (context) => {
    const failures: BackupError[] = []
    const { proven, left } = await proveDue(request, context, failures)
    const restored: string[] = []
    for (const entry of newestGood(context, failures)) {
      if (!proven.includes(entry.backup.name)) context.published(entry.backup.name)
      const failure = await attempt(context, () => tryOut(entry, context, request.runId))
      if (failure === null) restored.push(entry.backup.name)
      else failures.push(await damageOr(failure, entry, request, context))
    }
    if (failures.length > 0) throw joined(failures)
    return { restored, proven, left }
  })
}

/** What was looked at later than this after now, a wrong clock has dated. */
const aheadMs = 24 * 60 * 60 * 1000

const seenAt = ({ backup: { proven, checked } }: Entry) => (proven ?? checked)?.at ?? ''

async function proveDue(
  request: DrillRequest,
  context: RunContext,
  failures: BackupError[],
): Promise<Pick<DrillResult, 'proven' | 'left'>> {
  const [from, to] = [Date.parse(request.dueBefore), Date.parse(context.now()) + aheadMs]
  const isRecent = (at: number) => at >= from && at <= to
  const due = context.listing.entries
    .filter((entry) => !isRecent(Date.parse(seenAt(entry))))
    .sort((a, b) => (seenAt(a) < seenAt(b) ? -1 : 1))
  const began = performance.now()
  const proven: string[] = []
  for (const [index, entry] of due.entries()) {
    if (index > 0 && performance.now() - began >= request.withinMs)
      return { proven, left: due.length - index }
    const failure = await attempt(context, () => proveAgain(entry, request, context))
    if (failure === null) proven.push(entry.backup.name)
    else failures.push(failure)
  }
  return { proven, left: 0 }
}

/** Each look is an event of its own. Throws what is wrong with the backup. */
async function proveAgain(entry: Entry, request: DrillRequest, context: RunContext): Promise<void> {
  const { name } = entry.backup
  context.published(name)
  const verdict = await judge(entry, context)
  await keeping(verdict.failure, () => void recordVerdict(entry, verdict, context, request.runId))
  const { failure } = verdict
  await record(context.place, {
    id: `${request.runId}:${name}`,
    at: context.now(),
    action: 'backup.verify',
    actor: request.actor,
    target: name,
    outcome: failure === null ? 'success' : 'failure',
    details: {
      runId: request.runId,
      ...(failure === null ? {} : { code: failure.code, message: failure.message }),
    },
  }).catch((error: unknown) => {
    if (failure === null) throw error
  })
  if (failure !== null) throw failure
}

/** That a backup is damaged matters more than that it could not be written down. */
async function keeping(failure: BackupError | null, write: () => void): Promise<void> {
  try {
    write()
  } catch (error) {
    if (failure === null) throw error
  }
}

/** Of each database; one that has just been found damaged is none. */
function newestGood({ place, listing }: RunContext, failures: readonly BackupError[]): readonly Entry[] {
  const bad = new Set(failures.map(({ details }) => details.name))
  return place.databases.flatMap(
    ({ name }) =>
      listing.entries.find(
        ({ backup }) =>
          backup.database === name && backup.proven?.outcome === 'passed' && !bad.has(backup.name),
      ) ?? [],
  )
}

/** A restore that fails may be the backup's fault: then it is marked, and said as what it is. */
async function damageOr(
  failure: BackupError,
  entry: Entry,
  request: DrillRequest,
  context: RunContext,
): Promise<BackupError> {
  if (failure.code !== 'proof-failed') return failure
  return (await attempt(context, () => proveAgain(entry, request, context))) ?? failure
}

/** Null when it went well. Only the end of the run itself keeps the rest from being looked at. */
async function attempt({ tools }: RunContext, work: () => Promise<void>): Promise<BackupError | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (tools.signal.aborted) throw reasonOf(tools.signal)
    return failureFrom(error, 'The backups could not be tried out')
  }
}

/** Everything that failed is named; code and hint are those of what is worst. */
function joined(failures: readonly BackupError[]): BackupError {
  const worst = failures.find(({ code }) => code === 'proof-failed') ?? failures[0]!
  if (failures.length === 1) return worst
  const { code, hint, details } = worst
  return new BackupError(code, failures.map(({ message }) => message).join('; '), {
    hint,
    details,
    cause: worst,
  })
}
