import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type ArchiveEngineOptions, createArchiveEngine } from '../../src/engine/archive-engine.ts'
import {
  type ArchiveEngine,
  type ArchiveRequest,
  type ArchiveRestoreRequest,
  type ArchiveRestoreResult,
  type ArchiveResult,
  type ArchiveRunOptions,
  archiveVault,
  type NamedSource,
} from '../../src/engine/archiving.ts'
import type { Vault } from '../../src/engine/engine.ts'
import { type Tree, tree } from './directories.ts'
import { admin, keepAll } from './tenant.ts'

/** One engine for all tests of a file. */
export function sharedArchiveEngine(options: ArchiveEngineOptions = {}): ArchiveEngine {
  const engine = createArchiveEngine({ sourceTimeoutMs: 400, ...options })
  afterAll(() => engine.close())
  return engine
}

export interface Profile extends Tree {
  readonly vault: Vault
  readonly sources: readonly NamedSource[]
}

/** A profile of one folder, and where its archives are kept. */
export async function profile(
  files: Parameters<typeof tree>[0],
  { exclude = [] }: { readonly exclude?: readonly string[] } = {},
): Promise<Profile> {
  const from = await tree(files, { exclude })
  const sources = [{ kind: 'directory', id: 'files', path: from.root, exclude, alwaysExclude: [] }] as const
  return { ...from, vault: archiveVault(join(from.root, '../archives')), sources }
}

export function archiveRequest(
  { vault, sources }: Pick<Profile, 'vault' | 'sources'>,
  more: Partial<ArchiveRequest> = {},
): ArchiveRequest {
  return {
    vault,
    sources,
    runId: randomUUID(),
    startedAt: new Date().toISOString(),
    trigger: 'scheduled',
    actor: admin,
    profileId: 'enterprise',
    content: 'everything',
    nameTemplate: 'entbak_{yyyyMMddHHmmss}.zip',
    timeZone: 'Europe/Berlin',
    patient: false,
    note: null,
    appVersion: '1.0.0',
    retention: keepAll,
    maxBytes: null,
    ...more,
  }
}

export function archivally(more: Partial<ArchiveRunOptions> = {}): ArchiveRunOptions {
  return { signal: new AbortController().signal, onProgress() {}, ...more }
}

export function archive(
  engine: ArchiveEngine,
  from: Pick<Profile, 'vault' | 'sources'>,
  more: Partial<ArchiveRequest> = {},
): Promise<ArchiveResult> {
  return engine.create(archiveRequest(from, more), archivally())
}

export function archiveRestoreRequest(
  { vault, sources }: Pick<Profile, 'vault' | 'sources'>,
  from: ArchiveRestoreRequest['from'],
  more: Partial<ArchiveRestoreRequest> = {},
): ArchiveRestoreRequest {
  return {
    vault,
    from,
    runId: randomUUID(),
    startedAt: new Date().toISOString(),
    trigger: 'manual',
    actor: admin,
    sources: sources.map((config) => ({ id: config.id, config, to: null })),
    mirror: false,
    appVersion: '1.0.0',
    anyVersion: false,
    acceptUnseen: true,
    ...more,
  }
}

export function unpack(
  engine: ArchiveEngine,
  to: Pick<Profile, 'vault' | 'sources'>,
  from: ArchiveRestoreRequest['from'],
  more: Partial<ArchiveRestoreRequest> = {},
): Promise<ArchiveRestoreResult> {
  return engine.restore(archiveRestoreRequest(to, from, more), archivally())
}

/** What runs have prepared and not taken away. */
export function staged({ folder }: Vault): readonly string[] {
  const partial = join(folder, '.partial')
  return existsSync(partial) ? readdirSync(partial) : []
}

/** The process that works in the folder now. */
export function holderOf({ folder }: Vault): number {
  return JSON.parse(readFileSync(join(folder, '.lock-holder.json'), 'utf8')).pid
}
