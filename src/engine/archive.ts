/**
 * The ports of archives: what is put into one (sources), and how it is written and read (formats). An archive is one
 * file; `manifest.json`, its last entry, says what is in it and what was left out. Works outside the host's process only.
 */
import type { Readable } from 'node:stream'

/** Opens a stream of its own each time it is called. */
export type OpenStream = () => Readable | Promise<Readable>

/**
 * One thing that goes into an archive. `path` is relative, with forward slashes, without `.` and `..`, and bears the
 * id of its source as its first segment.
 */
export type ArchiveEntry = ArchiveFile | ArchiveFolder | ArchiveLink

interface Named {
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  /** ISO 8601, UTC; as precise as the format keeps it, which is a second at least. */
  readonly modifiedAt: string
}

export interface ArchiveFile extends Named {
  readonly kind: 'file'
  /** Bytes, as far as they are known beforehand: what the stream delivers counts. */
  readonly sizeBytes: number
  readonly open: OpenStream
  /** All of it, where that is in memory already: nothing is opened then, which spares a small file half of its cost. */
  readonly bytes?: Buffer
}

export interface ArchiveFolder extends Named {
  readonly kind: 'folder'
}

/** A symbolic link. It is stored as one, wherever it leads, and never followed. */
export interface ArchiveLink extends Named {
  readonly kind: 'link'
  readonly target: string
}

/** What became of an entry. */
export interface StoredEntry {
  /** Bytes that the stream delivered; those of the target's name for a link. */
  readonly sizeBytes: number
  /** Hexadecimal, over those bytes; null for a folder. */
  readonly sha256: string | null
}

/** Where sources put what they have. */
export interface EntrySink {
  /**
   * Resolves when the entry is in the archive. Several may be under way at once; the sink waits when it has enough to
   * do. Rejects with the stream's own error: the entry is then not in the archive, and the sink goes on. Rejects
   * `invalid-request` for a second entry of one path.
   */
  add(entry: ArchiveEntry): Promise<StoredEntry>
}

export interface ArchiveWriter extends EntrySink {
  /** Writes the directory of the archive and syncs the file. Bytes of the archive. */
  finish(): Promise<number>
  /** Ends whatever goes on and closes the file, which is left as it is. Never rejects; calling it twice is fine. */
  abort(): Promise<void>
}

/** An entry as a reader finds it, checked against climbing and the like before anything is read. */
export interface ReadableEntry {
  readonly kind: ArchiveEntry['kind']
  readonly path: string
  readonly mode: number
  readonly modifiedAt: string
  readonly sizeBytes: number
  /** Fails `proof-failed` when its bytes, their number or their checksum are not what the archive says. */
  readonly open: OpenStream
}

export interface ArchiveReader {
  /** In the order in which they lie. */
  readonly entries: readonly ReadableEntry[]
  /** Paths that differ in their Unicode form only: some file systems can hold but one of such a group. */
  readonly lookAlikes: readonly (readonly string[])[]
  /** Rejects what is being read. */
  close(): Promise<void>
}

/** What a reader puts up with. */
export interface ReadLimits {
  readonly maxEntries: number
  /** Bytes, of all entries together. */
  readonly maxBytes: number
}

/** A kind of archive. */
export interface ArchiveFormat {
  /** Ending of its files, for example ".zip". */
  readonly ending: string
  /** Fills `path`, which must not exist. Aborting ends everything within half a second. */
  create(
    path: string,
    options: { readonly signal: AbortSignal; readonly level?: number },
  ): Promise<ArchiveWriter>
  /**
   * Looks at all that the archive says of itself, and rejects `proof-failed` for one that is broken or hostile:
   * absolute or climbing paths, devices, duplicates, encryption, overlapping entries, sizes that lie or exceed the
   * limits.
   */
  open(
    path: string,
    options: { readonly signal: AbortSignal; readonly limits: ReadLimits },
  ): Promise<ArchiveReader>
}

// --- sources --------------------------------------------------------------------------------------------------------

/** Why something is not in the archive, or not as it should be. */
export type LeftOutReason =
  /** By a pattern of the profile, or because backups lie there. */
  | 'excluded'
  /** Goes with a database that is in the archive as a whole: `-wal`, `-shm`, `-journal`. */
  | 'part-of-database'
  /** A pipe, socket or device. */
  | 'special-file'
  | 'vanished'
  /** It changed each time while it was read: what is in the archive is what was read last. */
  | 'changed'
  | 'unreadable'
  /** Begins like a database and can't be copied as one: what is in the archive are its bytes as they lay there. */
  | 'broken-database'
  /** Only in a restore: something else has its name and is not given up for it, such as a folder with files in it. */
  | 'in-the-way'
  /** Its name is no UTF-8, or differs from another one's in a way that the archive can't keep. */
  | 'unusable-name'

export interface LeftOut {
  /** As people would write it; what is no UTF-8 is shown with replacement characters. */
  readonly path: string
  readonly reason: LeftOutReason
  /** What the system said, or the pattern that left it out. */
  readonly detail?: string
}

/** What a source is about to take. */
export interface SourceSize {
  readonly files: number
  readonly bytes: number
  /** What takes the most space, largest first, a dozen at most. */
  readonly largest: readonly { readonly path: string; readonly bytes: number }[]
  /** Bytes that it needs in its scratch folder at one time; none when it is left out. */
  readonly scratchBytes?: number
}

export interface SourceProgress {
  readonly files: number
  readonly bytes: number
  /** What it is busy with. */
  readonly item: string
}

export interface PourOptions {
  /** Once it aborts nothing is added any more, and the call rejects soon. */
  readonly signal: AbortSignal
  /** An empty folder for what has to be written before it goes into the archive; its owner removes it. */
  readonly scratch: string
  onProgress(progress: SourceProgress): void
}

export interface SourceReport {
  readonly leftOut: readonly LeftOut[]
  /** How many more there were of a reason than are named one by one; left out when all are. */
  readonly leftOutMore?: Readonly<Partial<Record<LeftOutReason, number>>>
  /** What a restore or a person may want to know, as plain JSON without secrets. */
  readonly details: Readonly<Record<string, unknown>>
}

/** What the archive says of a source. */
export interface StoredSource extends SourceReport {
  /** Where it was taken from: a folder, a file, or a database's name. */
  readonly origin: string
}

export interface RestoreSourceOptions {
  readonly signal: AbortSignal
  readonly stored: StoredSource
  /** Another place than the one it was taken from: a folder, a file or a database name, as the source has it. */
  readonly to: string | null
  /** Removes what the archive does not have and the profile does not exclude. */
  readonly mirror: boolean
  /** Goes on where it can't be seen whether some process has a database open. One in use is refused always. */
  readonly acceptUnseen?: boolean
  /** Where unfinished work is written down, so that the next call finishes or undoes it. */
  readonly journal: string
  /** An empty folder on the disk of the archive; its owner removes it. */
  readonly scratch: string
  onProgress(progress: SourceProgress): void
}

export interface RestoreSourceReport {
  readonly files: number
  readonly bytes: number
  /** What was left as it is, and why. */
  readonly untouched: readonly LeftOut[]
}

/** Something that can be put into an archive and back. */
export interface ArchiveSource {
  /** First segment of its entries' paths: letters, digits, "-", unique within a profile. */
  readonly id: string
  readonly kind: SourceConfig['kind']
  /**
   * Looks whether it could be taken as it stands (permissions, connection, space where the source writes itself) and how
   * much it is. Changes nothing. Rejects with a `BackupError` that says what to do.
   */
  measure(options: { readonly signal: AbortSignal }): Promise<SourceSize>
  /** Adds everything it has. What can't be read is listed, never silently missing. */
  pour(sink: EntrySink, options: PourOptions): Promise<SourceReport>
  /**
   * Puts its entries back, each staged beside its place and swapped singly. Killed at any point every file is wholly the
   * old or wholly the new one, and calling it again finishes.
   */
  restore(entries: readonly ReadableEntry[], options: RestoreSourceOptions): Promise<RestoreSourceReport>
}

/** What a profile names. A connection is resolved already, and a secret: it is never logged, stored or shown. */
export type SourceConfig = DirectoryConfig | SqlServerConfig | SqliteConfig

export interface DirectoryConfig {
  readonly kind: 'directory'
  /** Absolute. */
  readonly path: string
  /** Globs relative to `path`: `WorkDir/**`, `**` + `/*.tmp`. */
  readonly exclude: readonly string[]
  /** Absolute folders that are left out always: where backups lie. */
  readonly alwaysExclude: readonly string[]
}

export interface SqlServerConfig {
  readonly kind: 'mssql'
  /** A connection string of the package `mssql`. */
  readonly connection: string
  readonly database: string
  /** The folder as the server sees it. */
  readonly serverFolder: string
  /** The same folder as this machine sees it. */
  readonly localFolder: string
}

export interface SqliteConfig {
  readonly kind: 'sqlite'
  /** Absolute. */
  readonly path: string
}
