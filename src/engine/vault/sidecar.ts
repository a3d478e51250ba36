import { type ArchiveContent, archiveContents } from '../archiving.ts'
import { type Backup, type Examination, type Trigger, triggers } from '../backup.ts'
import type { Binding, Original, WalPosition } from '../source.ts'

export const sidecarVersion = 1
/** Bytes; a larger file of that name is not one of ours. */
export const sidecarLimit = 1024 * 1024

/** What lies beside every backup as `<file name>.json`. */
export interface Sidecar extends Backup {
  readonly formatVersion: typeof sidecarVersion
  /** Order of making, never reused; 0 for an imported backup. */
  readonly sequence: number
  /** Null for an imported backup: nothing is known of what it was taken from. */
  readonly snapshot: {
    readonly method: string
    /** Not in the sidecars of earlier versions. */
    readonly heldWritersMs?: number
    readonly binding: Binding
    readonly original: Original
  } | null
  /** Of an archive; left out for a copy of a database. */
  readonly archive?: ArchiveFacts
  /** Rows that point at a missing row; null when that could not be counted. */
  readonly foreignKeyViolations: number | null
  /** Rows per table, as counted in the copy; tables that could not be counted are left out. */
  readonly rowCounts: Readonly<Record<string, number>>
}

/** What is in an archive, in short; its `manifest.json` has the rest. */
export interface ArchiveFacts {
  /** Hexadecimal, over `manifest.json`. */
  readonly manifestSha256: string
  readonly content: ArchiveContent
  /** Besides the manifest. */
  readonly entries: number
  /** Bytes of all entries, unpacked. */
  readonly contentBytes: number
  readonly sources: readonly {
    readonly id: string
    readonly kind: string
    readonly files: number
    readonly bytes: number
    /** How much was left out, for whatever reason. */
    readonly leftOut: number
  }[]
}

export type SidecarProblem = 'newer-format' | 'broken-sidecar'

/** Reads a sidecar of any version so far, or says why it can't be believed. */
export function readSidecar(text: string): Sidecar | SidecarProblem {
  const raw = parse(text)
  if (raw === null || typeof raw.formatVersion !== 'number') return 'broken-sidecar'
  if (raw.formatVersion > sidecarVersion) return 'newer-format'
  // Version 1 is the first. A later version adds the step from the one before it here, each on top of the last.
  return isSidecar(raw) ? raw : 'broken-sidecar'
}

/** Leaves the row counts out when thousands of long table names would make it too large to be read again. */
export function writeSidecar(sidecar: Sidecar): string {
  const text = `${JSON.stringify(sidecar, null, 2)}\n`
  if (Buffer.byteLength(text) <= sidecarLimit) return text
  return `${JSON.stringify({ ...sidecar, rowCounts: {} }, null, 2)}\n`
}

/** The fields that are shown; everything else in a sidecar is for restoring. */
export function publicFields(sidecar: Sidecar): Backup {
  return {
    name: sidecar.name,
    database: sidecar.database,
    runId: sidecar.runId,
    createdAt: sidecar.createdAt,
    sizeBytes: sidecar.sizeBytes,
    trigger: sidecar.trigger,
    createdBy: sidecar.createdBy,
    note: sidecar.note,
    sha256: sidecar.sha256,
    proven: sidecar.proven,
    checked: sidecar.checked,
    protected: sidecar.protected,
    appVersion: sidecar.appVersion,
  }
}

/** A backup a second for thirty thousand years; a number beyond that is made up, and would leave none for the next. */
export const mostSequences = 1e12

export const isSequence = (value: unknown) => isCount(value) && (value as number) <= mostSequences

type Raw = Readonly<Record<string, unknown>>

function parse(text: string): Raw | null {
  try {
    return asRecord(JSON.parse(text))
  } catch {
    return null
  }
}

const asRecord = (value: unknown): Raw | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : null

const isText = (value: unknown): value is string => typeof value === 'string'
const isTextOrNull = (value: unknown) => value === null || isText(value)
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
/** As large as the id of a user or group can be; the last one means nobody's. */
const isSystemNumber = (value: unknown) => isCount(value) && (value as number) < 0xffff_ffff
const isTime = (value: unknown) => isText(value) && !Number.isNaN(Date.parse(value))
const isHash = (value: unknown) => isText(value) && /^[0-9a-f]{64}$/.test(value)

function isSidecar(raw: Raw): raw is Raw & Sidecar {
  return (
    isText(raw.name) &&
    isText(raw.database) &&
    isTextOrNull(raw.runId) &&
    isTime(raw.createdAt) &&
    isCount(raw.sizeBytes) &&
    triggers.includes(raw.trigger as Trigger) &&
    isTextOrNull(raw.createdBy) &&
    isTextOrNull(raw.note) &&
    (raw.sha256 === null || isHash(raw.sha256)) &&
    isExaminationOrNull(raw.proven) &&
    isExaminationOrNull(raw.checked) &&
    typeof raw.protected === 'boolean' &&
    isTextOrNull(raw.appVersion) &&
    isSequence(raw.sequence) &&
    (raw.snapshot === null || isSnapshot(asRecord(raw.snapshot))) &&
    (raw.archive === undefined || isArchive(asRecord(raw.archive))) &&
    (raw.foreignKeyViolations === null || isCount(raw.foreignKeyViolations)) &&
    Object.values(asRecord(raw.rowCounts) ?? { missing: null }).every(isCount)
  )
}

function isExaminationOrNull(value: unknown): boolean {
  if (value === null) return true
  const raw = asRecord(value) as Partial<Examination> | null
  return raw !== null && isTime(raw.at) && (raw.outcome === 'passed' || raw.outcome === 'failed')
}

function isSnapshot(raw: Raw | null): boolean {
  const binding = asRecord(raw?.binding)
  const original = asRecord(raw?.original)
  if (raw === null || binding === null || original === null || !isText(raw.method)) return false
  const numbers = [binding.pageCount, binding.pageSize, binding.schemaVersion, binding.freelistCount]
  return (
    numbers.every(isCount) &&
    (raw.heldWritersMs === undefined || isCount(raw.heldWritersMs)) &&
    (binding.wal === null || isWalPosition(asRecord(binding.wal))) &&
    [original.uid, original.gid, original.mode].every(isSystemNumber) &&
    Number.isSafeInteger(original.userVersion) &&
    [original.path, original.journalMode, original.schemaFingerprint].every(isText)
  )
}

function isArchive(raw: Raw | null): boolean {
  if (raw === null || !isHash(raw.manifestSha256) || !Array.isArray(raw.sources)) return false
  return (
    archiveContents.includes(raw.content as ArchiveContent) &&
    [raw.entries, raw.contentBytes].every(isCount) &&
    raw.sources.map(asRecord).every((one) => one !== null && isArchivedSource(one))
  )
}

function isArchivedSource({ id, kind, files, bytes, leftOut }: Raw): boolean {
  return isText(id) && isText(kind) && [files, bytes, leftOut].every(isCount)
}

function isWalPosition(raw: Raw | null): boolean {
  const wal = raw as Partial<WalPosition> | null
  return wal !== null && [wal.salt1, wal.salt2, wal.frame].every(isCount) && isTextOrNull(wal.checksum)
}
