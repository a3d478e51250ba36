import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Inspection, Vault } from '../../src/engine/engine.ts'
import type { Arguments, OperationName } from '../../src/engine/worker/protocol.ts'
import { admin, createRequest, keepAll } from '../support/tenant.ts'

/** One thing that is done to a vault, what it may take away, and how one sees that it was done. */
export interface Scenario<Name extends OperationName = OperationName> {
  readonly title: string
  readonly operation: Name
  /** The same for every trial of one vault but its ids. */
  arguments(vault: Vault, names: TemplateNames): Arguments<Name>
  /** The backups folder, relative to the tenant's root; `backups` when it is left out. */
  readonly folder?: string
  /** Changes the fresh copy of the template before anything is done. */
  prepare?(vault: Vault, names: TemplateNames): void
  /** What it can't do it leaves for the next time without an error. */
  readonly triesAgain?: boolean
  /** Backups that may be gone afterwards. */
  mayGo?(names: TemplateNames): readonly string[]
  /** Ids of audit entries that may be forgotten afterwards. */
  readonly mayForget?: readonly string[]
  /** What must be true after a success. Null when it is, otherwise what is wrong. */
  done(after: Inspection, names: TemplateNames, vault: Vault): string | null
}

/** What lies in the template: three scheduled ones, oldest first, and one made by hand. */
export interface TemplateNames {
  readonly scheduled: readonly [string, string, string]
  readonly manual: string
}

export const runId = 'the-run'
const operation = { id: 'the-change', now: '2026-05-04T02:30:00.000Z', actor: admin }

const has = (after: Inspection, name: string) => after.backups.some(({ backup }) => backup.name === name)
const findBackup = (after: Inspection, name: string) =>
  after.backups.find(({ backup }) => backup.name === name)?.backup
const madeBy = (after: Inspection, id: string) => after.backups.filter(({ backup }) => backup.runId === id)

export const create: Scenario<'create'> = {
  title: 'a backup with retention',
  operation: 'create',
  arguments: (vault) =>
    createRequest(vault, { runId, startedAt: operation.now, retention: { ...keepAll, maxCount: 2 } }),
  mayGo: ({ scheduled }) => scheduled.slice(0, 2),
  done: (after) => (madeBy(after, runId).length === 1 ? null : 'the new backup is missing'),
}

/** It is copied in pieces, between the commits of others. */
export const createInRollbackMode: Scenario<'create'> = {
  ...create,
  title: 'a backup of a database with a rollback journal',
  prepare({ databases }) {
    const live = new Database(databases[0]!.path)
    live.pragma('journal_mode = DELETE')
    live.close()
  },
}

/** The clock stands years before the newest backup. */
export const createAfterClockJump: Scenario<'create'> = {
  ...create,
  title: 'a backup after the clock jumped back',
  arguments: (vault, names) => ({ ...create.arguments(vault, names), startedAt: '1970-01-02T00:00:00.000Z' }),
}

export const firstCreate: Scenario<'create'> = {
  title: 'the first backup of a tenant',
  operation: 'create',
  prepare: ({ folder }) => rmSync(folder, { recursive: true, force: true }),
  arguments: (vault) => createRequest(vault, { runId }),
  mayGo: ({ scheduled, manual }) => [...scheduled, manual],
  done: create.done,
}

/** An operator has named a folder on a bigger disk that nobody has made yet. */
const bigDisk = 'big/disk/of the operator/backups'

export const firstCreateElsewhere: Scenario<'create'> = {
  ...firstCreate,
  title: 'the first backup into a folder several levels deep',
  folder: bigDisk,
  prepare: ({ root }) => rmSync(join(root, 'backups'), { recursive: true }),
}

export const remove: Scenario<'remove'> = {
  title: 'a deletion',
  operation: 'remove',
  arguments: (vault, { scheduled }) => ({ vault, name: scheduled[1], operation }),
  mayGo: ({ scheduled }) => [scheduled[1]],
  done: (after, { scheduled }) => (has(after, scheduled[1]) ? 'the deleted backup is still there' : null),
}

export const protect: Scenario<'protect'> = {
  title: 'a protection',
  operation: 'protect',
  arguments: (vault, { scheduled }) => ({
    vault,
    name: scheduled[2],
    change: { ...operation, protected: true },
  }),
  done: (after, { scheduled }) =>
    findBackup(after, scheduled[2])?.protected === true ? null : 'it is not protected',
}

export const verify: Scenario<'verify'> = {
  title: 'proving again',
  operation: 'verify',
  arguments: (vault, { scheduled }) => {
    const { startedAt, trigger, actor } = createRequest(vault)
    return { vault, name: scheduled[0], runId, startedAt, trigger, actor }
  },
  done: (after, { scheduled }) =>
    findBackup(after, scheduled[0])?.proven?.outcome === 'passed' ? null : 'it is not proven',
}

export const noteSchedule: Scenario<'noteSchedule'> = {
  title: 'a change of settings',
  operation: 'noteSchedule',
  arguments: (vault) => ({ vault, note: { at: operation.now, enabled: true, schedule: { every: 'day' } } }),
  done: (after) => (after.schedules.some(({ at }) => at === operation.now) ? null : 'it was not noted'),
}

export const firstNote: Scenario<'noteSchedule'> = {
  ...noteSchedule,
  title: 'the first change of settings of a tenant',
  prepare: ({ folder }) => rmSync(folder, { recursive: true, force: true }),
  mayGo: ({ scheduled, manual }) => [...scheduled, manual],
}

export const firstNoteElsewhere: Scenario<'noteSchedule'> = {
  ...firstNote,
  title: 'the first change of settings in a folder several levels deep',
  folder: bigDisk,
  prepare: ({ root }) => rmSync(join(root, 'backups'), { recursive: true }),
}

const handedOver = ['made-1', 'made-2']

export const acknowledge: Scenario<'acknowledge'> = {
  title: 'handing audit entries over',
  operation: 'acknowledge',
  arguments: (vault) => ({ vault, ids: handedOver }),
  mayForget: handedOver,
  done(_after, _names, vault) {
    const text = readFileSync(join(vault.folder, '.audit.jsonl'), 'utf8')
    const told = text.split('\n').filter((line) => line.startsWith('{"kind":"entry"'))
    return told.some((line) => handedOver.includes(JSON.parse(line).entry.id))
      ? 'it would be told twice'
      : null
  },
}

export const reconcile: Scenario<'reconcile'> = {
  title: 'cleaning up after a kill',
  triesAgain: true,
  operation: 'reconcile',
  prepare: (vault, names) => leaveMess(vault, names),
  arguments: (vault) => ({ vault, now: operation.now }),
  done(after, _names, vault) {
    const closed = after.runs.find(({ id }) => id === runId)
    if (closed?.status !== 'failed') return 'the interrupted run was not closed'
    return existsSync(join(vault.folder, `${strayName}.json`)) ? 'the stray sidecar was not swept' : null
  },
}

const strayName = 'main_20260101_000000Z.sqlite'

/** What a kill in the middle of a publication leaves: a staged file, a sidecar without data, an open run, an intent. */
function leaveMess(vault: Vault, { scheduled }: TemplateNames): void {
  const staged = join(vault.folder, '.partial', runId)
  mkdirSync(staged, { recursive: true })
  writeFileSync(join(staged, '0.copy'), 'half of a copy')
  const sidecar = JSON.parse(readFileSync(join(vault.folder, `${scheduled[0]}.json`), 'utf8'))
  const stray = { ...sidecar, name: strayName, runId, sequence: 99 }
  writeFileSync(join(vault.folder, `${strayName}.json`), JSON.stringify(stray))
  const run = {
    id: runId,
    kind: 'create',
    status: 'running',
    stage: null,
    progress: null,
    trigger: 'scheduled',
    backups: [],
    startedAt: operation.now,
    endedAt: null,
    error: null,
  }
  appendLine(vault, '.runs.jsonl', { kind: 'start', run, actor: admin, expected: 1 })
  const entry = { id: 'intended', at: operation.now, action: 'backup.delete', actor: admin }
  appendLine(vault, '.audit.jsonl', {
    kind: 'intent',
    entry: { ...entry, target: scheduled[0], outcome: 'success', details: {} },
  })
}

const appendLine = (vault: Vault, name: string, line: unknown) =>
  appendFileSync(join(vault.folder, name), `${JSON.stringify(line)}\n`)

const asScenarios = (scenarios: readonly unknown[]) => scenarios as readonly Scenario[]

export const backups = asScenarios([create])

/** Backups under other circumstances. */
export const otherBackups = asScenarios([firstCreate, firstCreateElsewhere, createAfterClockJump])

/** Copied in another way. */
export const rollbackBackups = asScenarios([createInRollbackMode])

export const changes = asScenarios([
  remove,
  protect,
  verify,
  noteSchedule,
  firstNote,
  firstNoteElsewhere,
  acknowledge,
  reconcile,
])

/** A run whose process is killed before another one begins. */
const doomedCreate: Scenario<'create'> = {
  ...create,
  arguments: (vault, names) => ({ ...create.arguments(vault, names), runId: 'the-killed-run' }),
  mayGo: ({ scheduled }) => scheduled,
}

/** The application starts again. */
const restart: Scenario<'reconcile'> = {
  title: 'the next start',
  operation: 'reconcile',
  arguments: (vault) => ({ vault, now: operation.now }),
  done: () => null,
}

/** Work that is killed, and what is done next and does succeed. */
export const resumed: readonly { readonly killed: Scenario; readonly next: Scenario }[] = (
  [
    [doomedCreate, create],
    [doomedCreate, restart],
    [{ ...doomedCreate, ...placed(firstCreateElsewhere) }, firstCreateElsewhere],
    [firstNoteElsewhere, firstNoteElsewhere],
    [remove, restart],
    [protect, restart],
    [verify, restart],
  ] as const
).map(([killed, next]) => ({
  killed: killed as unknown as Scenario,
  next: { ...(next as unknown as Scenario), prepare() {} },
}))

function placed({ title, folder, prepare, mayGo }: Scenario<'create'>) {
  return { title, ...(folder && { folder }), ...(prepare && { prepare }), ...(mayGo && { mayGo }) }
}
