import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import type { BackupEngine, Inspection, Vault } from '../../src/engine/engine.ts'
import { createRequest, quietly } from './tenant.ts'

/** What was there before a fault. */
export interface Remembered {
  readonly inspection: Inspection
  /** Content of every live database, row by row. */
  readonly live: readonly string[]
  /** Everything in the tenant root outside the backups folder. */
  readonly outside: readonly string[]
}

export interface InvariantOptions {
  /** Backups that were asked to go. */
  readonly mayBeGone?: readonly string[]
  /** What must appear in no log and no error. */
  readonly secrets?: readonly string[]
  /** False where the fault lasts, so that no next run can heal it. */
  readonly nextRunSucceeds?: boolean
}

export async function remember(engine: BackupEngine, vault: Vault): Promise<Remembered> {
  return {
    inspection: await engine.inspect(vault),
    live: vault.databases.map(({ path }) => contentOf(path)),
    outside: outsideOf(vault),
  }
}

/** Asserts what must hold after every fault; the numbers are those of the promises in the specification. */
export async function expectInvariants(
  engine: BackupEngine,
  vault: Vault,
  before: Remembered,
  options: InvariantOptions = {},
): Promise<void> {
  const known = new Set(before.inspection.backups.map(({ backup }) => backup.name))
  const after = await engine.inspect(vault)
  for (const { backup } of after.backups) if (backup.runId !== null) expectWhole(vault, backup, known) // 1
  expectNothingLost(before, after, options.mayBeGone ?? []) // 2, 3
  expectNamedFailures(after) // 4
  expect(vault.databases.map(({ path }) => contentOf(path))).toEqual(before.live) // 6
  expect(outsideOf(vault)).toEqual(before.outside) // 7
  expectNoSecrets(vault, options.secrets ?? []) // 8
  if (options.nextRunSucceeds !== false) await expectHealing(engine, vault) // 5
}

/** Of a listed backup: everything that it promises is so. `known` are names from before the fault. */
export function expectWhole(
  vault: Vault,
  backup: Inspection['backups'][number]['backup'],
  known: ReadonlySet<string>,
): void {
  const path = join(vault.folder, backup.name)
  const bytes = readFileSync(path)
  const failedBefore = known.has(backup.name) && backup.proven?.outcome === 'failed'
  if (failedBefore) return
  expect(backup.proven?.outcome).toBe('passed')
  expect(bytes.length).toBe(backup.sizeBytes)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(backup.sha256)
  const copy = new Database(bytes)
  try {
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
  } finally {
    copy.close()
  }
}

function expectNothingLost(before: Remembered, after: Inspection, mayBeGone: readonly string[]): void {
  const left = new Map(after.backups.map(({ backup }) => [backup.name, backup]))
  for (const { backup } of before.inspection.backups) {
    if (mayBeGone.includes(backup.name)) continue
    expect(left.get(backup.name)?.sha256).toBe(backup.sha256)
  }
  const proven = ({ backups }: Inspection) =>
    backups.some(({ backup }) => backup.proven?.outcome === 'passed')
  if (proven(before.inspection)) expect(proven(after)).toBe(true)
}

function expectNamedFailures(after: Inspection): void {
  const made = new Set(after.backups.map(({ backup }) => backup.runId))
  for (const run of after.runs) {
    expect(['completed', 'partial', 'failed', 'cancelled']).toContain(run.status)
    if (run.status === 'completed') expect(run.error).toBeNull()
    else expect(run.error).toMatchObject({ code: /./, message: /./, hint: /./ })
    expect(run.endedAt).not.toBeNull()
  }
  const newest = after.runs.find(({ kind }) => kind === 'create')
  if (newest?.status === 'completed') expect(made).toContain(newest.id)
}

/** The next run succeeds, and nothing is left of earlier ones but backups, their sidecars and the engine's own files. */
async function expectHealing(engine: BackupEngine, vault: Vault): Promise<void> {
  const { backups } = await engine.create(createRequest(vault), quietly())
  expect(backups).toHaveLength(vault.databases.length)
  const partial = join(vault.folder, '.partial')
  expect(existsSync(partial) ? readdirSync(partial) : []).toEqual([])
  const names = readdirSync(vault.folder)
  for (const name of names) {
    if (name.startsWith('.'))
      expect(name).toMatch(/^\.(partial|lock|log-lock|runs\.jsonl|audit\.jsonl|sequence)$/)
    else expect(name).not.toMatch(/-(wal|shm|journal)$/)
    if (name.endsWith('.sqlite.json')) expect(names).toContain(name.slice(0, -'.json'.length))
  }
}

function expectNoSecrets(vault: Vault, secrets: readonly string[]): void {
  if (!existsSync(vault.folder)) return
  for (const name of readdirSync(vault.folder).filter((one) => /json/.test(one))) {
    const path = join(vault.folder, name)
    const text = lstatSync(path).isFile() ? readFileSync(path, 'utf8') : ''
    for (const secret of secrets) expect(text).not.toContain(secret)
  }
}

/** A digest of every row of every table, or why there is none. */
export function contentOf(path: string): string {
  if (!existsSync(path) || lstatSync(path).size === 0) return 'nothing'
  try {
    const live = new Database(path, { readonly: true })
    try {
      return digestOf(live)
    } finally {
      live.close()
    }
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable'
  }
}

function digestOf(live: Database.Database): string {
  const digest = createHash('sha256')
  const tables = live.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]
  for (const table of tables) {
    digest.update(`table ${table}`)
    for (const row of live.prepare(`SELECT * FROM "${table}"`).raw().iterate() as Iterable<unknown[]>) {
      for (const value of row) digest.update(Buffer.isBuffer(value) ? value : `${typeof value} ${value}`)
    }
  }
  return digest.digest('hex')
}

const leadsTo = (path: string, folder: string) => path === folder || folder.startsWith(`${path}/`)

/** Names and sizes apart from SQLite's own companions, which come and go with connections. */
function outsideOf(vault: Vault): readonly string[] {
  return readdirSync(vault.root)
    .filter((name) => !leadsTo(join(vault.root, name), vault.folder) && !/-(wal|shm|journal)$/.test(name))
    .sort()
}
