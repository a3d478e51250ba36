import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupEngine, Inspection, OutboxEntry, Vault } from '../../src/engine/engine.ts'
import type { BackupError, ErrorCode } from '../../src/engine/errors.ts'
import { contentOf, expectInvariants, expectWhole, type Remembered, remember } from '../support/invariants.ts'
import type { Bench } from './bench.ts'
import { runId, type Scenario } from './scenarios.ts'
import type { Action, Errno, Kind } from './shim/shim.ts'

export interface Fault {
  readonly action: Action
  readonly target: number
  readonly kinds: readonly Kind[]
  readonly errno?: Errno
}

/** What was there before a fault, with the ids of audit entries that wait for being handed over. */
export interface Before extends Remembered {
  readonly waiting: readonly string[]
}

export async function rememberAll(engine: BackupEngine, vault: Vault): Promise<Before> {
  const waiting = (await engine.outbox(vault)).map(({ id }) => id)
  return { ...(await remember(engine, vault)), waiting }
}

export interface Afterwards {
  readonly vault: Vault
  readonly before: Before
  /** What was begun, and what of it was answered with a success. */
  readonly begun: readonly Scenario[]
  readonly done: readonly Scenario[]
  /** Null also when nobody was left to hear of one. */
  readonly error: unknown
  readonly fault?: Fault
  /** Whether whoever made the calls was lost with them, so that nobody else writes down what happened. */
  readonly lost: boolean
}

/** What is not as promised in a vault after something went wrong. Ends with a normal run there. */
export async function judge(bench: Bench, facts: Afterwards): Promise<readonly string[]> {
  const { healthy, template } = bench
  const { vault, before, begun, done, error } = facts
  const violations: string[] = []
  const check = async (work: () => void | Promise<void>) => {
    try {
      await work()
    } catch (cause) {
      violations.push(firstLines(cause))
    }
  }
  const mayBeGone = begun.flatMap((scenario) => scenario.mayGo?.(template.names) ?? [])
  const checkDone = async (scenarios: readonly Scenario[]) => {
    const after = await healthy.inspect(vault)
    for (const scenario of scenarios) {
      await check(() => complain(scenario.done(after, template.names, vault)))
    }
  }
  const restart = () => healthy.reconcile(vault, { now: '2026-05-04T03:00:00.000Z' })
  await check(async () => expectNothingHalfMade(vault, before, await healthy.inspect(vault)))
  if (facts.lost) await check(async () => void (await restart()))
  await check(() => expectInvariants(healthy, vault, before, { mayBeGone, nextRunSucceeds: false }))
  if (!facts.lost) await check(() => checkDone(done.filter(({ triesAgain }) => !triesAgain)))
  if (facts.fault !== undefined && error !== null)
    await check(() => complain(wrongError(error, facts.fault!)))
  await check(async () => {
    await restart()
    await checkDone(done)
    const after = await healthy.inspect(vault)
    complain(strangers(before, after))
    if (creates(done)) complain(outdated(vault, after))
    complain(removedForNothing(begun, before, after))
    const entries = await healthy.outbox(vault)
    complain(untruth(before, after, entries))
    complain(wrongAudit(facts, after, entries))
    complain(forgotten(facts, entries))
  })
  await check(() => expectInvariants(healthy, vault, before, { mayBeGone }))
  return violations
}

/** By its name, because an engine that was copied has a class of its own. */
export const isNamed = (error: unknown): error is BackupError =>
  error instanceof Error && error.name === 'BackupError'

function complain(wrong: string | null): void {
  if (wrong !== null) throw new Error(wrong)
}

const firstLines = (error: unknown) =>
  String(error instanceof Error ? error.message : error)
    .split('\n')
    .slice(0, 6)
    .join(' ')

const causes: Readonly<Record<Errno, readonly ErrorCode[]>> = {
  ENOSPC: ['disk-full'],
  EIO: ['io-failed', 'proof-failed'],
  EACCES: ['folder-not-writable', 'source-unsafe', 'io-failed'],
  EROFS: ['folder-not-writable', 'source-unsafe', 'io-failed'],
  EMFILE: ['io-failed', 'folder-not-writable', 'source-unsafe'],
}

/** SQLite says these whatever the system's reason was; only a write to a full disk has a code of its own. */
const vague = /^SQLITE_(CANTOPEN|READONLY|IOERR)/

/** Every failure is named, with its cause and what to do. */
function wrongError(error: unknown, { action, errno = 'EIO' }: Fault): string | null {
  if (!isNamed(error)) return `an error without a name: ${error}`
  if (error.message === '' || error.hint === '') return `${error.code} says nothing`
  if (action === 'kill' || action === 'tornKill') {
    return error.code === 'worker-crashed' ? null : `a kill is called ${error.code}: ${error.message}`
  }
  if (action === 'count') return `without any fault: ${error.code}: ${error.message}`
  // What SQLite hides can only be seen in what it leaves.
  if (error.code === 'proof-failed' && /one plain file/.test(error.message)) return null
  // It calls every read that fails a fault of the disk, whatever the system's reason was.
  if (error.code === 'proof-failed' && /can’t read it any more/.test(error.message)) return null
  if (vague.test(String(error.details.errno))) return null
  return causes[errno].includes(error.code) ? null : `${errno} is called ${error.code}: ${error.message}`
}

const creates = (scenarios: readonly Scenario[]) => scenarios.some(({ operation }) => operation === 'create')

/** What the log calls completed has its backups, as far as they were not removed since. */
function untruth(
  before: Before,
  { runs, backups }: Inspection,
  entries: readonly OutboxEntry[],
): string | null {
  const known = new Set(before.inspection.runs.map(({ id }) => id))
  const there = new Set([
    ...backups.map(({ backup }) => backup.name),
    ...entries.filter(saysRemoved).map(({ target }) => target),
  ])
  const wrong = runs.find(
    (run) =>
      run.kind === 'create' &&
      run.status === 'completed' &&
      !known.has(run.id) &&
      (run.backups.length === 0 || run.backups.some((name) => !there.has(name))),
  )
  return wrong ? `the log says that ${wrong.id} completed, but there is no backup` : null
}

const saysRemoved = ({ action, outcome }: OutboxEntry) =>
  /^backup\.(remove|delete)$/.test(action) && outcome === 'success'

/** An entry waits until it was handed over. */
function forgotten({ before, begun }: Afterwards, entries: readonly OutboxEntry[]): string | null {
  const left = new Set([...entries.map(({ id }) => id), ...begun.flatMap(({ mayForget }) => mayForget ?? [])])
  const lost = before.waiting.filter((id) => !left.has(id))
  return lost.length === 0 ? null : `audit entries were lost: ${lost.join(', ')}`
}

/** Also before anybody has cleaned up. */
function expectNothingHalfMade(vault: Vault, before: Remembered, found: Inspection): void {
  const known = new Set(before.inspection.backups.map(({ backup }) => backup.name))
  for (const { backup } of found.backups) if (backup.runId !== null) expectWhole(vault, backup, known)
  complain(strangers(before, found))
}

/** What was there is still the same, and what is new comes from a run. */
function strangers(before: Remembered, after: Inspection): string | null {
  const known = new Map(before.inspection.backups.map(({ backup }) => [backup.name, backup]))
  const wrong = after.backups.filter(({ backup }) => {
    const earlier = known.get(backup.name)
    return earlier === undefined ? backup.runId === null : backup.sha256 !== earlier.sha256
  })
  return wrong.length === 0
    ? null
    : `${wrong.map(({ backup }) => backup.name).join(', ')} is listed as something else`
}

/** The new backup holds what the database held. */
function outdated(vault: Vault, after: Inspection): string | null {
  const made = after.backups.find(({ backup }) => backup.runId === runId)?.backup
  const same = made && contentOf(join(vault.folder, made.name)) === contentOf(vault.databases[0]!.path)
  return same ? null : 'the new backup is not the current state'
}

/** Retention takes away only after the run has put a new backup there. */
function removedForNothing(begun: readonly Scenario[], before: Remembered, after: Inspection): string | null {
  if (!creates(begun) || begun.length > 1) return null
  const left = new Set(after.backups.map(({ backup }) => backup.name))
  const gone = before.inspection.backups.filter(({ backup }) => !left.has(backup.name))
  const made = after.backups.some(({ backup }) => backup.runId === runId)
  return gone.length > 0 && !made ? `${gone.length} backups were removed, but none was made` : null
}

/** What happened is written down once, and nothing else is. After an error the caller knows the id and writes it. */
function wrongAudit(
  { vault, before, lost }: Afterwards,
  after: Inspection,
  entries: readonly OutboxEntry[],
): string | null {
  const left = new Set(after.backups.map(({ backup }) => backup.name))
  const gone = before.inspection.backups.map(({ backup }) => backup.name).filter((name) => !left.has(name))
  const told = entries.filter(saysRemoved).map(({ target }) => target)
  const invented = told.filter((name) => existsSync(join(vault.folder, name)))
  if (invented.length > 0) return `the audit says that ${invented.join(', ')} was removed, but it is there`
  if (new Set(told).size !== told.length) return `the audit tells a removal twice: ${told.join(', ')}`
  const untold = gone.filter((name) => !told.includes(name))
  return lost && untold.length > 0 ? `nobody was told that ${untold.join(', ')} was removed` : null
}
