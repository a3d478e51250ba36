import { closeSync, openSync, readSync } from 'node:fs'
import type { LiveDatabase } from '../../engine.ts'
import { isMissing } from '../../failure.ts'
import { schemaFingerprint } from '../../schema-fingerprint.ts'
import type { Binding, WalPosition } from '../../source.ts'
import { type Connection, openReader, type Patience, whenUnlocked } from './reader.ts'
import { sourceLocked } from './source-errors.ts'

/** What a held read transaction sees. */
export interface Pin {
  readonly binding: Binding
  /** Null in rollback-journal mode, and when the log's end could not be read while it moved. */
  readonly log: LogEnd | null
  readonly journalMode: string
  readonly userVersion: number
  readonly schemaFingerprint: string
}

/** The write-ahead log as it ends with the pinned commit. */
export interface LogEnd {
  /** Its first 32 bytes, hexadecimal; empty when there is none yet. They change when the log is begun anew. */
  readonly header: string
  readonly position: WalPosition
  /** All of it is in the main file, which nothing can write to while the commit is pinned. */
  readonly checkpointed: boolean
}

/** Under 57,766 commits a second 96 of 100 first tries succeeded. */
const tries = 100
export const logHeaderBytes = 32
export const frameHeaderBytes = 24

/**
 * Begins a read transaction and says which commit it sees. The log's header and end are read before and after: only
 * when nothing moved in between do they belong to the pinned commit. The transaction stays open when this resolves.
 */
export async function pin(connection: Connection, database: LiveDatabase, patience: Patience): Promise<Pin> {
  const journalMode = await whenUnlocked(database, patience, () => firstRead(connection))
  const log = journalMode === 'wal' ? await pinLog(connection, database, patience) : await pinPlain()
  return { ...describe(connection, log?.position ?? null), log, journalMode }

  async function pinPlain(): Promise<null> {
    await whenUnlocked(database, patience, () => beginRead(connection))
    return null
  }
}

async function pinLog(
  connection: Connection,
  database: LiveDatabase,
  patience: Patience,
): Promise<LogEnd | null> {
  const observer = await whenUnlocked(database, patience, () => openReader(database))
  try {
    for (let count = 0; count < tries; count++) {
      const before = await whenUnlocked(database, patience, () => readLog(observer, database))
      await whenUnlocked(database, patience, () => beginRead(connection))
      const after = await whenUnlocked(database, patience, () => readLog(observer, database))
      const position = positionOf(database, before, after)
      if (position !== null) return { header: after.header, position, checkpointed: after.checkpointed }
      if (count + 1 < tries) connection.exec('ROLLBACK')
    }
    if (!connection.inTransaction) throw sourceLocked(database, patience.timeoutMs)
    return null
  } finally {
    observer.close()
  }
}

/** The first statements that look into the file, and so the first that can find it locked, torn or no database. */
function firstRead(connection: Connection): string {
  // KiB: a copy reads every page once, so a large cache would only cost memory.
  connection.pragma('cache_size = -1024')
  return text(connection, 'journal_mode')
}

/** BEGIN alone pins nothing; the first read does. */
function beginRead(connection: Connection): void {
  try {
    connection.exec('BEGIN')
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw error
  }
}

interface LogState {
  /** The first 32 bytes of the `-wal`, hexadecimal; empty when it has none yet. */
  readonly header: string
  /** Number of the last committed frame. */
  readonly frame: number
  /** All committed frames are in the main file. */
  readonly checkpointed: boolean
}

/** The `-wal` carries no locks of SQLite's, so reading it beside an open connection is safe. */
function readLog(observer: Connection, database: LiveDatabase): LogState {
  const header = readWal(database, 0, logHeaderBytes)?.toString('hex') ?? ''
  const [state] = observer.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[]
  const { log = 0, checkpointed = 0 } = state ?? {}
  return { header, frame: log, checkpointed: log <= 0 || checkpointed >= log }
}

/** Null when the log moved meanwhile. */
function positionOf(database: LiveDatabase, before: LogState, after: LogState): WalPosition | null {
  if (before.header !== after.header || before.frame !== after.frame) return null
  const header = Buffer.from(after.header, 'hex')
  if (header.length < logHeaderBytes || after.frame <= 0)
    return { salt1: 0, salt2: 0, frame: 0, checksum: null }
  const pageSize = header.readUInt32BE(8)
  const offset = logHeaderBytes + (after.frame - 1) * (frameHeaderBytes + pageSize)
  const frame = readWal(database, offset, frameHeaderBytes)
  const sameLog = frame?.subarray(8, 16).equals(header.subarray(16, 24)) === true
  const isCommit = frame !== null && frame.readUInt32BE(4) > 0
  if (!sameLog || !isCommit) return null
  return {
    salt1: header.readUInt32BE(16),
    salt2: header.readUInt32BE(20),
    frame: after.frame,
    checksum: frame.subarray(16, 24).toString('hex'),
  }
}

function readWal(database: LiveDatabase, offset: number, length: number): Buffer | null {
  try {
    const fd = openSync(`${database.path}-wal`, 'r')
    try {
      const bytes = Buffer.alloc(length)
      return readSync(fd, bytes, 0, length, offset) === length ? bytes : null
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function describe(connection: Connection, wal: WalPosition | null): Omit<Pin, 'journalMode' | 'log'> {
  return {
    binding: {
      pageCount: number(connection, 'page_count'),
      pageSize: number(connection, 'page_size'),
      schemaVersion: number(connection, 'schema_version'),
      freelistCount: number(connection, 'freelist_count'),
      wal,
    },
    userVersion: number(connection, 'user_version'),
    schemaFingerprint: schemaFingerprint(connection),
  }
}

const number = (connection: Connection, pragma: string) =>
  connection.pragma(pragma, { simple: true }) as number
const text = (connection: Connection, pragma: string) => String(connection.pragma(pragma, { simple: true }))
