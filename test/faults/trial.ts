import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupEngine, Inspection, Vault } from '../../src/engine/engine.ts'
import { BackupError, type ErrorCode } from '../../src/engine/errors.ts'
import { expectInvariants, type Remembered, remember } from '../support/invariants.ts'
import type { Doer } from './doer.ts'
import { runId, type Scenario } from './scenarios.ts'
import type { Action, Errno, Kind, Orders, Shim } from './shim/shim.ts'
import type { Template } from './template.ts'

export interface Fault {
  readonly action: Action
  readonly target: number
  readonly kinds: readonly Kind[]
  readonly errno?: Errno
}

export interface Bench {
  readonly folder: string
  readonly template: Template
  readonly shim: Shim
  /** Its worker processes are under the shim. */
  readonly doer: Doer
  /** Nothing disturbs this one: it looks, cleans up and makes the next backup. */
  readonly healthy: BackupEngine
}

export interface Outcome {
  /** Whether the run came as far as the operation that was to fail. */
  readonly reached: boolean
  readonly error: BackupError | null
  /** What was promised and is not so. */
  readonly violations: readonly string[]
}

/** Does it once with a fault in the middle, and tells what is not as promised afterwards. */
export async function tryFault(bench: Bench, scenario: Scenario, fault: Fault): Promise<Outcome> {
  const { vault, drop } = bench.template.copy()
  try {
    scenario.prepare?.(vault, bench.template.names)
    const before = await remember(bench.healthy, vault)
    const { error, reached } = await disturb(bench, scenario, vault, fault)
    const violations = await judge(bench, scenario, { vault, before, fault, error })
    return { reached, error: error instanceof BackupError ? error : null, violations }
  } finally {
    drop()
  }
}

async function disturb(
  { shim, doer, template }: Bench,
  scenario: Scenario,
  vault: Vault,
  fault: Fault,
): Promise<{ readonly error: unknown; readonly reached: boolean }> {
  const orders: Orders = { below: vault.root, ...fault }
  // Started beforehand, so that starting is not part of what is counted.
  await doer.run('outbox', { vault: { ...vault, folder: join(vault.root, 'nowhere') } })
  shim.order(orders)
  let error: unknown = null
  try {
    await doer.run(scenario.operation, scenario.arguments(vault, template.names))
  } catch (cause) {
    error = cause
  }
  const reached = shim.fired > 0
  shim.rest()
  return { error, reached }
}

interface Afterwards {
  readonly vault: Vault
  readonly before: Remembered
  readonly fault: Fault
  readonly error: unknown
}

async function judge(bench: Bench, scenario: Scenario, facts: Afterwards): Promise<readonly string[]> {
  const { healthy, template } = bench
  const { vault, before, error } = facts
  const violations: string[] = []
  const check = async (work: () => void | Promise<void>) => {
    try {
      await work()
    } catch (cause) {
      violations.push(firstLines(cause))
    }
  }
  const mayBeGone = scenario.mayGo?.(template.names) ?? []
  await check(() => expectInvariants(healthy, vault, before, { mayBeGone, nextRunSucceeds: false }))
  const undone = async () => scenario.done(await healthy.inspect(vault), template.names, vault)
  if (error === null && !scenario.triesAgain) await check(async () => complain(await undone()))
  if (error !== null) await check(() => complain(wrongError(error, facts.fault)))
  await check(async () => {
    await healthy.reconcile(vault, { now: '2026-05-04T03:00:00.000Z' })
    const after = await healthy.inspect(vault)
    if (error === null) complain(await undone())
    complain(untruth(scenario, after))
    complain(removedForNothing(scenario, before, after))
    complain(await wrongAudit(bench, vault, facts, after))
  })
  await check(() => expectInvariants(healthy, vault, before, { mayBeGone }))
  return violations
}

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

/** Every failure is named, with its cause and what to do. */
function wrongError(error: unknown, { action, errno = 'EIO' }: Fault): string | null {
  if (!(error instanceof BackupError)) return `an error without a name: ${error}`
  if (error.message === '' || error.hint === '') return `${error.code} says nothing`
  if (action === 'kill' || action === 'tornKill') {
    return error.code === 'worker-crashed' ? null : `a kill is called ${error.code}: ${error.message}`
  }
  // SQLite says the same of every file that it can't open.
  if (error.details.errno === 'SQLITE_CANTOPEN') return null
  return causes[errno].includes(error.code) ? null : `${errno} is called ${error.code}: ${error.message}`
}

/** The log says "completed" if and only if the backup exists. */
function untruth({ operation }: Scenario, { runs, backups }: Inspection): string | null {
  const run = runs.find(({ id }) => id === runId)
  if (operation !== 'create' || run === undefined) return null
  const made = backups.some(({ backup }) => backup.runId === runId)
  if (run.status === 'completed' && !made) return 'the log says completed, but there is no backup'
  return null
}

/** Retention takes away only after the run has put a new backup there. */
function removedForNothing({ operation }: Scenario, before: Remembered, after: Inspection): string | null {
  if (operation !== 'create') return null
  const left = new Set(after.backups.map(({ backup }) => backup.name))
  const gone = before.inspection.backups.filter(({ backup }) => !left.has(backup.name))
  const made = after.backups.some(({ backup }) => backup.runId === runId)
  return gone.length > 0 && !made ? `${gone.length} backups were removed, but none was made` : null
}

/** What happened is written down once, and nothing else is. After an error the caller knows the id and writes it. */
async function wrongAudit(
  { healthy }: Bench,
  vault: Vault,
  { before, fault }: Afterwards,
  after: Inspection,
): Promise<string | null> {
  const entries = await healthy.outbox(vault)
  const left = new Set(after.backups.map(({ backup }) => backup.name))
  const gone = before.inspection.backups.map(({ backup }) => backup.name).filter((name) => !left.has(name))
  const told = entries
    .filter(({ action, outcome }) => /^backup\.(remove|delete)$/.test(action) && outcome === 'success')
    .map(({ target }) => target)
  const invented = told.filter((name) => existsSync(join(vault.folder, name)))
  if (invented.length > 0) return `the audit says that ${invented.join(', ')} was removed, but it is there`
  if (new Set(told).size !== told.length) return `the audit tells a removal twice: ${told.join(', ')}`
  const killed = fault.action === 'kill' || fault.action === 'tornKill'
  const untold = gone.filter((name) => !told.includes(name))
  return killed && untold.length > 0 ? `nobody was told that ${untold.join(', ')} was removed` : null
}
