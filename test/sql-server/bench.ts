import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished } from 'vitest'
import type { ArchiveFile, EntrySink, ReadableEntry, SourceProgress } from '../../src/engine/archive.ts'
import type { BackupError } from '../../src/engine/errors.ts'
import {
  createSqlServerSource,
  type SqlServerLimits,
} from '../../src/engine/sources/sql-server/sql-server-source.ts'
import { type FakeSqlServer, type FakeSqlServerOptions, startSqlServer } from '../support/tds/sql-server.ts'
import { tempFolder } from '../support/tenant.ts'

/** Searched for in everything that comes out. */
export const canary = 'Kanarienvogel-4711'

/** What a call rejects with. */
export const failureOf = (work: Promise<unknown>): Promise<BackupError> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  )

export const never = () => new AbortController().signal

/** A server with the database `app`, and what it exchanges files through. */
export async function openServer(options: Partial<FakeSqlServerOptions> = {}): Promise<FakeSqlServer> {
  const server = await startSqlServer({ folder: await tempFolder(), ...options })
  onTestFinished(() => server.close())
  server.behaviour.password = canary
  server.databases.add('app', { content: 'row '.repeat(20_000) })
  return server
}

export interface SourceOptions {
  readonly connection?: string
  readonly database?: string
  readonly localFolder?: string
  readonly limits?: Partial<SqlServerLimits>
}

export function sourceOf(server: FakeSqlServer, options: SourceOptions = {}) {
  const {
    connection = server.connection(),
    database = 'app',
    localFolder = server.folder,
    limits = {},
  } = options
  const { serverFolder } = server
  return createSqlServerSource({ kind: 'mssql', connection, database, serverFolder, localFolder }, 'sql', {
    deadlineMs: 60_000,
    tidyMs: 2_000,
    now: Date.now,
    ...limits,
  })
}

export interface Taken {
  readonly file: ArchiveFile
  readonly bytes: Buffer
}

/** An archive that keeps what it is given. */
export function keepingSink(): EntrySink & { readonly taken: Taken[] } {
  const taken: Taken[] = []
  return {
    taken,
    async add(entry) {
      if (entry.kind !== 'file') throw new Error(`${entry.path} is no file`)
      const parts: Buffer[] = []
      for await (const part of await entry.open()) parts.push(part)
      const bytes = Buffer.concat(parts)
      taken.push({ file: entry, bytes })
      return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    },
  }
}

/** Pours it and says what came out. */
export async function pourOf(
  server: FakeSqlServer,
  {
    signal = never(),
    onProgress = () => {},
    ...options
  }: SourceOptions & { readonly signal?: AbortSignal; onProgress?(progress: SourceProgress): void } = {},
) {
  const sink = keepingSink()
  const report = await sourceOf(server, options).pour(sink, { signal, scratch: '/nowhere', onProgress })
  return { report, taken: sink.taken }
}

/** What was taken, as an archive gives it back. */
export function entriesOf(taken: readonly Taken[]): readonly ReadableEntry[] {
  return taken.map(({ file, bytes }) => ({
    ...file,
    sizeBytes: bytes.length,
    open: () => Readable.from([bytes], { objectMode: false }),
  }))
}

/** Puts a backup back. */
export async function restoreOf(
  server: FakeSqlServer,
  taken: readonly Taken[],
  {
    signal = never(),
    to = null,
    journal,
    onProgress = () => {},
    ...options
  }: SourceOptions & {
    readonly signal?: AbortSignal
    readonly to?: string | null
    readonly journal?: string
    onProgress?(progress: SourceProgress): void
  } = {},
) {
  return sourceOf(server, options).restore(entriesOf(taken), {
    signal,
    stored: { origin: 'app', leftOut: [], details: {} },
    to,
    mirror: false,
    journal: journal ?? join(await tempFolder(), 'journal'),
    scratch: '/nowhere',
    onProgress,
  })
}
