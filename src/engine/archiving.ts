import { dirname } from 'node:path'
import type {
  ArchiveSource,
  LeftOut,
  RestoreSourceReport,
  SourceConfig,
  SourceSize,
  StoredSource,
} from './archive.ts'
import type { Backup } from './backup.ts'
import type { RemovedBackup, RunOptions, RunRequest, Vault } from './engine.ts'
import type { Verdict } from './restoring.ts'
import type { RetentionRules } from './retention.ts'
import type { ImportRequest } from './uploading.ts'
import type { Warning } from './warnings.ts'

/** A source of a profile with the id under which its entries lie. */
export type NamedSource = SourceConfig & Pick<ArchiveSource, 'id'>

export interface MeasuredSource extends SourceSize {
  readonly id: string
}

/** What of a profile goes into one run's archive. */
export const archiveContents = ['everything', 'files', 'databases'] as const
export type ArchiveContent = (typeof archiveContents)[number]

/**
 * The folder of a profile's archives; the folder above it must exist. All calls of `BackupEngine` that list, protect,
 * delete and open work on it; archives are made, proven and restored by `ArchiveEngine` only.
 */
export function archiveVault(folder: string): Vault {
  return { root: dirname(folder), folder, databases: [], holds: 'archives' }
}

/** `vault` is an `archiveVault`. */
export interface ArchiveRequest extends RunRequest {
  readonly profileId: string
  readonly sources: readonly NamedSource[]
  readonly content: ArchiveContent
  /** For example `entbak_{yyyyMMddHHmmss}.zip`. A second one of the same name gets `-2` before its ending. */
  readonly nameTemplate: string
  /** IANA time zone of the name and of retention. */
  readonly timeZone: string
  readonly patient: boolean
  readonly note: string | null
  readonly appVersion: string | null
  readonly retention: RetentionRules
  readonly maxBytes: number | null
}

export interface ArchiveResult {
  readonly backup: Backup
  readonly leftOut: readonly LeftOut[]
  readonly removed: readonly RemovedBackup[]
  readonly warnings: readonly Warning[]
}

/** As `manifest.json`, the last entry of an archive, has it. docs/file-formats.md explains every field. */
export interface Manifest {
  readonly formatVersion: number
  readonly profileId: string
  readonly createdAt: string
  readonly appVersion: string | null
  readonly content: ArchiveContent
  readonly sources: readonly ManifestSource[]
  readonly entries: readonly ManifestEntry[]
}

export interface ManifestSource extends StoredSource {
  readonly id: string
  readonly kind: SourceConfig['kind']
  /** Entries that are files, and the bytes of those. */
  readonly files: number
  readonly bytes: number
}

export interface ManifestEntry {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string | null
}

export interface ArchiveRestoreRequest extends RunRequest {
  readonly from: ChosenFrom
  /** Where each source goes; one that is missing here is not restored. `config` is null to take the manifest's place. */
  readonly sources: readonly RestoreOrder[]
  readonly mirror: boolean
  readonly appVersion: string | null
  /** Restores an archive of another application version nevertheless. */
  readonly anyVersion: boolean
  /** Goes on where it can't be seen whether some process has a database open. One in use is refused always. */
  readonly acceptUnseen?: boolean
}

/**
 * A listed archive, or a file anywhere. `in` is where it is listed when that is not the run's own folder, because nothing
 * can be written there.
 */
export type ChosenFrom = { readonly listed: string; readonly in?: Vault } | { readonly file: string }

/** `proven` is what was made here; a file from elsewhere can only be found whole. */
export interface ArchiveCheck {
  readonly verdict: Verdict
  readonly sha256: string
}

export interface RestoreOrder {
  readonly id: string
  /** As the profile has it now; null when no profile knows it any more, for a folder or a file. */
  readonly config: NamedSource | null
  /** Another place than the one it was taken from. */
  readonly to: string | null
}

export interface ArchiveRestoreResult {
  readonly restored: string
  readonly sources: readonly ({ readonly id: string } & RestoreSourceReport)[]
}

/** `vault` is an `archiveVault`. */
export interface ArchiveImportRequest extends ImportRequest {
  /** Whose archives it lies among from then on. */
  readonly profileId: string
}

/** What is in an archive, after it was proven or checked. */
export interface ArchiveContents {
  /** Without its entries, which may be millions; of what was left out no more is named than fits a page. */
  readonly manifest: Omit<Manifest, 'entries'>
  readonly entryCount: number
  readonly sizeBytes: number
  /** Of all entries, unpacked. */
  readonly contentBytes: number
}

/** Makes, proves, looks into and restores archives, in a process of its own. What it makes is listed by `BackupEngine`. */
export interface ArchiveEngine {
  /** What each source is about to take. Rejects where one could not be taken as it stands. */
  measure(
    sources: readonly NamedSource[],
    options: Pick<RunOptions, 'signal'>,
  ): Promise<readonly MeasuredSource[]>
  create(request: ArchiveRequest, options: ArchiveRunOptions): Promise<ArchiveResult>
  /** Proves a listed archive again: every entry against its checksum and the manifest. `proof-failed` otherwise. */
  verify(request: RunRequest & { readonly name: string }, options: ArchiveRunOptions): Promise<Backup>
  /** The same for a file anywhere, and nothing is written down. */
  examine(vault: Vault, from: ChosenFrom, options: RunOptions): Promise<ArchiveCheck>
  /**
   * Checks a whole upload of `BackupEngine` as hostile and makes an imported archive of it. `upload-refused` for one that
   * is damaged, does harm or has no manifest. Null when the application stops meanwhile: the run goes on when it is
   * called with the same id again.
   */
  importUpload(request: ArchiveImportRequest, options: ArchiveRunOptions): Promise<Backup | null>
  /** `newer-format` for a manifest of a later version, `proof-failed` for an archive that can't be believed. */
  look(vault: Vault, from: ChosenFrom, options: Pick<RunOptions, 'signal'>): Promise<ArchiveContents>
  restore(request: ArchiveRestoreRequest, options: ArchiveRunOptions): Promise<ArchiveRestoreResult>
  /** Ends its process; calls in flight reject `cancelled`. */
  close(): Promise<void>
}

export interface ArchiveRunOptions extends RunOptions {
  /** What a long run is busy with, and how many files it has done. */
  onItem?(current: CurrentItem): void
}

export interface CurrentItem {
  readonly item: string
  readonly files: number
}
