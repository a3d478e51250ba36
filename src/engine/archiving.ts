import type { ArchiveSource, LeftOut, RestoreSourceReport, SourceConfig, SourceSize } from './archive.ts'
import type { Backup } from './backup.ts'
import type { RemovedBackup, RunOptions, RunRequest, Vault } from './engine.ts'
import type { RetentionRules } from './retention.ts'

/** A source of a profile with the id under which its entries lie. */
export type NamedSource = SourceConfig & Pick<ArchiveSource, 'id'>

/** What of a profile goes into one run's archive. */
export type ArchiveContent = 'everything' | 'files' | 'databases'

/** `vault.databases` is empty: an archive's folder belongs to no tenant. */
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
  readonly warnings: readonly string[]
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

export interface ManifestSource {
  readonly id: string
  readonly kind: SourceConfig['kind']
  /** Where it was taken from: a folder, a file, or a database's name. */
  readonly origin: string
  readonly leftOut: readonly LeftOut[]
  readonly details: Readonly<Record<string, unknown>>
}

export interface ManifestEntry {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string | null
}

export interface ArchiveRestoreRequest extends RunRequest {
  /** A listed archive, or a file anywhere. */
  readonly from: { readonly listed: string } | { readonly file: string }
  /** Where each source goes; one that is missing here is not restored. `config` is null to take the manifest's place. */
  readonly sources: readonly RestoreOrder[]
  readonly mirror: boolean
  readonly appVersion: string | null
  /** Restores an archive of another application version nevertheless. */
  readonly anyVersion: boolean
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

/** What is in an archive, after it was proven or checked. */
export interface ArchiveContents {
  readonly manifest: Manifest
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
  ): Promise<readonly ({ readonly id: string } & SourceSize)[]>
  create(request: ArchiveRequest, options: ArchiveRunOptions): Promise<ArchiveResult>
  /** Proves a listed archive again: every entry against its checksum and the manifest. `proof-failed` otherwise. */
  verify(request: RunRequest & { readonly name: string }, options: ArchiveRunOptions): Promise<Backup>
  /** `newer-format` for a manifest of a later version, `proof-failed` for an archive that can't be believed. */
  look(
    vault: Vault,
    from: ArchiveRestoreRequest['from'],
    options: Pick<RunOptions, 'signal'>,
  ): Promise<ArchiveContents>
  restore(request: ArchiveRestoreRequest, options: ArchiveRunOptions): Promise<ArchiveRestoreResult>
  /** Ends its process; calls in flight reject `cancelled`. */
  close(): Promise<void>
}

export interface ArchiveRunOptions extends RunOptions {
  /** What a long run is busy with, and how many files it has done. */
  onItem?(current: { readonly item: string; readonly files: number }): void
}
