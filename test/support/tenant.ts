import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, onTestFinished } from 'vitest'
import type {
  Actor,
  BackupEngine,
  CreateRequest,
  CreateResult,
  RunOptions,
  RunRequest,
  Vault,
} from '../../src/engine/engine.ts'
import type { RetentionRules } from '../../src/engine/retention.ts'
import { createEngine, type EngineOptions } from '../../src/engine/worker-engine.ts'

export const keepAll: RetentionRules = {
  maxCount: null,
  maxAgeDays: null,
  keepDaily: null,
  keepWeekly: null,
  keepMonthly: null,
  keepYearly: null,
}

export const admin: Actor = { id: 'u1', name: 'admin' }

/** A fresh folder that goes when the test ends. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-test-'))
  // Again when an engine that was killed a moment ago is still sweeping in there.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  return folder
}

/** An engine that ends with the test. */
export function startEngine(options: EngineOptions = {}): BackupEngine {
  const engine = createEngine({ sourceTimeoutMs: 400, ...options })
  onTestFinished(() => engine.close())
  return engine
}

/** One engine for all tests of a file, so that they share its warm processes. */
export function sharedEngine(options: EngineOptions = {}): BackupEngine {
  const engine = createEngine({ sourceTimeoutMs: 400, ...options })
  afterAll(() => engine.close())
  return engine
}

/** A tenant root with databases of the given names, which don't exist yet. */
export async function tenant(...names: string[]): Promise<Vault> {
  const root = await tempFolder()
  const databases = (names.length === 0 ? ['main'] : names).map((name) => ({
    name,
    path: join(root, `${name.replaceAll('/', '_')}.sqlite`),
  }))
  return { root, folder: join(root, 'backups'), databases }
}

/** A database in WAL mode that stays open, as an application keeps it, until the test ends. */
export function openLive(
  path: string,
  pragmas: readonly string[] = ['journal_mode = WAL'],
): Database.Database {
  const live = new Database(path)
  onTestFinished(() => void live.close())
  for (const pragma of pragmas) live.pragma(pragma)
  return live
}

/** Rows of about 1 KiB in a table `rows`. */
export function fill(live: Database.Database, count: number): void {
  live.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT)')
  const insert = live.prepare('INSERT INTO rows (text) VALUES (hex(randomblob(512)))')
  live.transaction(() => {
    for (let done = 0; done < count; done++) insert.run()
  })()
}

/** A tenant whose only database `main` has some rows and is open. */
export async function tenantWithRows(count = 20): Promise<{ vault: Vault; live: Database.Database }> {
  const vault = await tenant()
  const live = openLive(vault.databases[0]!.path)
  fill(live, count)
  return { vault, live }
}

export function createRequest(vault: Vault, more: Partial<CreateRequest> = {}): CreateRequest {
  return {
    vault,
    runId: randomUUID(),
    startedAt: new Date().toISOString(),
    trigger: 'scheduled',
    actor: admin,
    note: null,
    patient: false,
    appVersion: '1.0.0',
    retention: keepAll,
    timeZone: 'Europe/Berlin',
    maxBytes: null,
    ...more,
  }
}

export function verifyRequest(vault: Vault, name: string, more: Partial<RunRequest> = {}) {
  const { runId, startedAt, trigger, actor } = createRequest(vault)
  return { vault, name, runId, startedAt, trigger, actor, ...more }
}

export const operation = () => ({ id: randomUUID(), now: new Date().toISOString(), actor: admin })

export function quietly(more: Partial<RunOptions> = {}): RunOptions {
  return { signal: new AbortController().signal, onProgress() {}, ...more }
}

export function back(
  engine: BackupEngine,
  vault: Vault,
  more: Partial<CreateRequest> = {},
): Promise<CreateResult> {
  return engine.create(createRequest(vault, more), quietly())
}
