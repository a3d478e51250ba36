import type { LiveDatabase } from './engine.ts'
import type { Warning } from './warnings.ts'

/** Which commit a copy was taken from. The proof compares the copy with it. */
export interface Binding {
  readonly pageCount: number
  readonly pageSize: number
  readonly schemaVersion: number
  readonly freelistCount: number
  /**
   * The last commit in the write-ahead log; null in rollback-journal mode, and when a writer without pause left no
   * moment to read it (the copy then still comes from one pinned read transaction).
   */
  readonly wal: WalPosition | null
}

export interface WalPosition {
  readonly salt1: number
  readonly salt2: number
  /** Number of the last committed frame; 0 for an empty log. */
  readonly frame: number
  /** That frame's cumulative checksum as hexadecimal; null for frame 0. */
  readonly checksum: string | null
}

/** What a file-copy restore needs to know about the original. */
export interface Original {
  /** Relative to the tenant root, with forward slashes. */
  readonly path: string
  readonly uid: number
  readonly gid: number
  /** Permission bits. */
  readonly mode: number
  readonly journalMode: string
  readonly userVersion: number
  /** SHA-256 over the schema's SQL, hexadecimal. */
  readonly schemaFingerprint: string
}

export interface Snapshot {
  /** How the copy was made, for the sidecar. */
  readonly method: string
  /** The longest time, in milliseconds, for which a commit of the application may have had to wait for the copy. */
  readonly heldWritersMs: number
  readonly binding: Binding
  readonly original: Omit<Original, 'path'>
  readonly warnings: readonly Warning[]
}

export interface SnapshotOptions {
  readonly signal: AbortSignal
  /** Called when it is decided which commit the copy is of. */
  onPinned(): void
  /** Bytes of the database that are in the copy. */
  onProgress(done: number, total: number): void
}

/** A kind of live database. Works in a worker process only; never changes what it copies. */
export interface SnapshotSource {
  /** Bytes of the database with its write-ahead log. Rejects `source-*` when it can't be backed up as it stands. */
  measure(database: LiveDatabase): number
  /**
   * Fills `target`, which must not exist, with exactly one committed state as one plain file, synced, journal mode
   * DELETE. Ends whatever other connections do. Leaves nothing open when it rejects.
   */
  snapshot(database: LiveDatabase, target: string, options: SnapshotOptions): Promise<Snapshot>
}
