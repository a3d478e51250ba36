import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import type { Vault } from '../../src/engine/engine.ts'
import type { RestoreRequest } from '../../src/engine/restoring.ts'
import { contentOf, expectWhole } from '../support/invariants.ts'
import { restoreRequest } from '../support/restores.ts'
import type { Bench } from './bench.ts'
import { type Fault, isNamed } from './judge.ts'
import type { TemplateNames } from './scenarios.ts'

/** A state of the database from which a backup is restored over it. */
export interface RestoreScenario {
  readonly title: string
  /** Changes the fresh copy of the template, whose last commits are in the log of a killed application. */
  prepare?(vault: Vault): void
  /** The old state can't be a backup: it must be found whole in the salvage folder. */
  readonly broken?: boolean
  /** There is no old state. */
  readonly missing?: boolean
}

const database = (vault: Vault) => vault.databases[0]!.path

export const scenarios: readonly RestoreScenario[] = [
  { title: 'a restore over what a killed application left' },
  {
    title: 'a restore over a database with a rollback journal',
    prepare(vault) {
      const live = new Database(database(vault))
      live.pragma('journal_mode = DELETE')
      live.close()
    },
  },
  {
    title: 'a restore over a database that is broken',
    broken: true,
    prepare: (vault) => writeFileSync(database(vault), 'no database any more '.repeat(300)),
  },
  {
    title: 'a restore of a database that is missing',
    missing: true,
    prepare: (vault) => {
      for (const end of ['', '-wal', '-shm']) rmSync(database(vault) + end, { force: true })
    },
  },
]

export const runId = 'the-restore'

export const requestFor = (vault: Vault, names: TemplateNames): RestoreRequest =>
  restoreRequest(vault, { listed: names.scheduled[0] }, { runId, startedAt: '2026-05-04T02:30:00.000Z' })

/** What the database was, and what it is going to be. */
export interface Sides {
  readonly old: string
  readonly restored: string
}

/** Content as an application finds it: of a copy, because opening it brings the log into the file. */
export function contentNow(vault: Vault): string {
  const path = database(vault)
  const folder = mkdtempSync(join(vault.root, 'copy-'))
  try {
    for (const end of ['', '-wal', '-journal']) {
      if (existsSync(path + end)) copyFileSync(path + end, join(folder, basename(path) + end))
    }
    const copy = join(folder, basename(path))
    if (!existsSync(copy)) return 'missing'
    try {
      const opened = new Database(copy)
      opened.pragma('user_version')
      opened.close()
    } catch {
      // What SQLite can't open is compared byte for byte, with what lies beside it.
      return ['', '-wal']
        .map((end) => (existsSync(path + end) ? readFileSync(path + end, 'latin1') : '-'))
        .join('|')
    }
    return contentOf(copy)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function sidesOf(vault: Vault, names: TemplateNames): Sides {
  return { old: contentNow(vault), restored: contentOf(join(vault.folder, names.scheduled[0])) }
}

/** What is not as promised after a restore that a fault met. Ends with a restore that nothing disturbs. */
export async function judgeRestore(
  bench: Bench,
  scenario: RestoreScenario,
  facts: {
    readonly vault: Vault
    readonly sides: Sides
    readonly error: unknown
    readonly answered: boolean
    readonly fault?: Fault
  },
): Promise<readonly string[]> {
  const { healthy, template } = bench
  const { vault, sides, error, answered } = facts
  const wrong: string[] = []
  const complain = (text: string) => void wrong.push(text)
  const first = contentNow(vault)
  const side = sideOf(sides, first) ?? (scenario.broken && mainOf(first) === mainOf(sides.old) ? 'old' : null)
  if (side === null) complain('the database is neither the old nor the new one')
  if (answered && error === null && side !== 'new')
    complain('the restore succeeded, but the database is the old one')
  if (answered && error !== null) {
    if (!isNamed(error) || error.message === '' || error.hint === '')
      complain(`an error without a name: ${error}`)
    const admits = isNamed(error) && /is the backup now|could not be taken back yet/.test(error.message)
    const crashed = isNamed(error) && error.code === 'worker-crashed'
    if (side === 'new' && !admits && !crashed) complain(`the database is the new one after: ${error}`)
  }
  await healthy.reconcile(vault, { now: '2026-05-04T03:00:00.000Z' })
  const settled = sideOf(sides, contentNow(vault))
  if (settled === null) complain('putting things in order spoilt the database')
  if (side === 'old' && settled === 'new') complain('putting things in order changed the database')
  for (const name of leftovers(vault)) complain(`${name} was left`)
  const { runs, backups } = await healthy.inspect(vault)
  const run = runs.find(({ id }) => id === runId)
  if (run?.status === 'completed' && settled !== 'new')
    complain('the log says completed, but the database is the old one')
  for (const { backup } of backups) {
    if (backup.runId === null) complain(`${backup.name} is listed as something else`)
    // A backup that could not be read is called damaged until it is looked at again.
    else expectWhole(vault, backup, new Set([template.names.scheduled[0]]))
  }
  for (const name of [...template.names.scheduled, template.names.manual]) {
    if (!backups.some(({ backup }) => backup.name === name)) complain(`${name} is gone`)
  }
  try {
    await healthy.restore(
      { ...requestFor(vault, template.names), runId: 'once-more' },
      { signal: new AbortController().signal, onProgress() {} },
    )
  } catch (cause) {
    complain(`the next restore fails: ${cause}`)
  }
  if (contentNow(vault) !== sides.restored) complain('the next restore did not restore')
  for (const name of leftovers(vault)) complain(`${name} was left by the next restore`)
  for (const { backup } of (await healthy.inspect(vault)).backups) expectWhole(vault, backup, new Set())
  if (!(await isKept(bench, scenario, vault, sides))) complain('the old state is lost')
  return wrong
}

const sideOf = ({ old, restored }: Sides, content: string) =>
  content === restored ? 'new' : content === old ? 'old' : null

/**
 * A file that SQLite can't open may lose its log a moment before it is replaced: side by side with the new one it would
 * blend in. Whoever puts things in order brings it back.
 */
const mainOf = (content: string) => content.split('|')[0]

/** As a backup or, when it could be none, whole in the salvage folder. */
async function isKept(
  { healthy }: Bench,
  scenario: RestoreScenario,
  vault: Vault,
  { old }: Sides,
): Promise<boolean> {
  if (scenario.missing) return true
  if (scenario.broken) {
    const salvage = join(vault.folder, '.salvage')
    return readdirSync(salvage).some((name) => {
      const path = join(salvage, name, basename(database(vault)))
      return (
        ['', '-wal']
          .map((end) => (existsSync(path + end) ? readFileSync(path + end, 'latin1') : '-'))
          .join('|') === old
      )
    })
  }
  const { backups } = await healthy.inspect(vault)
  const saved = backups.filter(({ backup }) => backup.trigger === 'before-restore')
  return saved.some(({ backup }) => contentOf(join(vault.folder, backup.name)) === old)
}

function leftovers(vault: Vault): readonly string[] {
  const beside = readdirSync(vault.root).filter((name) => /restoring|replaced|\.part$/.test(name))
  const own = existsSync(vault.folder)
    ? readdirSync(vault.folder).filter((name) => name.startsWith('.restore'))
    : []
  return [...beside, ...own]
}

/** Restores with a fault in the middle. */
export async function tryRestore(bench: Bench, scenario: RestoreScenario, fault: Fault) {
  const { vault, drop } = bench.template.copy()
  try {
    mkdirSync(vault.folder, { recursive: true })
    scenario.prepare?.(vault)
    const sides = sidesOf(vault, bench.template.names)
    await warm(bench, vault)
    bench.shim.order({ below: vault.root, ...fault })
    let error: unknown = null
    try {
      await bench.doer.run('restore', requestFor(vault, bench.template.names))
    } catch (cause) {
      error = cause
    }
    const reached = bench.shim.fired > 0
    bench.shim.rest()
    return {
      reached,
      error,
      wrong: await judgeRestore(bench, scenario, { vault, sides, error, answered: true, fault }),
    }
  } finally {
    bench.shim.rest()
    drop()
  }
}

/** The process is started beforehand, so that starting is not part of what is counted. */
export const warm = (bench: Bench, vault: Vault) =>
  bench.doer.run('outbox', { vault: { ...vault, folder: join(vault.root, 'nowhere') } })
