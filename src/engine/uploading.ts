import type { Actor, RunRequest } from './engine.ts'
import type { BackupError } from './errors.ts'

/** A file that somebody is sending, and that is no backup yet. */
export interface Upload {
  /** Also the id of its run and of its audit entry. */
  readonly id: string
  /** Who may go on with it. */
  readonly owner: { readonly id: string; readonly name: string }
  /** As the sender calls it; shown, and never part of a path. */
  readonly fileName: string
  /** The database that it is said to be of; null to go by the file's name. */
  readonly database: string | null
  /** What the sender tells versions of the file apart by, to go on with the same one only; null when it says nothing. */
  readonly fingerprint: string | null
  /** `Upload-Metadata` as the sender wrote it, to be given back; null for none. */
  readonly metadata: string | null
  /** Null while nobody knows: it comes in one piece and can't be resumed. */
  readonly sizeBytes: number | null
  /** Bytes that have arrived and are synced. */
  readonly offset: number
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string
}

export interface UploadOrder
  extends Pick<Upload, 'id' | 'owner' | 'fileName' | 'database' | 'fingerprint' | 'metadata' | 'sizeBytes'> {
  /** ISO 8601. */
  readonly now: string
  readonly limits: UploadLimits
}

/** What the operator allows; null for no limit. */
export interface UploadLimits {
  readonly maxUploadBytes: number | null
  readonly maxBytes: number | null
  readonly maxCount: number | null
}

export interface ReceiveOptions {
  /** Where the bytes begin in the file. */
  readonly offset: number
  readonly bytes: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

export interface Received {
  /** Bytes of the file that are there and synced now. */
  readonly offset: number
  /** Why no more were taken; null when the sender had no more, or went away. */
  readonly error: BackupError | null
}

/** The run in which a whole upload is checked as hostile and becomes a backup. Its id is the upload's. */
export interface ImportRequest extends RunRequest {
  readonly limits: UploadLimits
}

/** Why an upload ends without becoming a backup. */
export interface UploadEnd {
  /** ISO 8601. */
  readonly now: string
  readonly actor: Actor
  /** What its audit entry says. */
  readonly error: BackupError
}

/** An upload and the file that it goes on in. */
export interface LocatedUpload {
  readonly upload: Upload
  readonly path: string
  /** Device and inode. */
  readonly identity: string
  readonly mostBytes: number | null
  readonly spareBytes: number
}
