import type { StoredError } from '../errors.ts'

/** One part of an upload, as the receiving process is told of it. */
export interface Job {
  /** Of the data file, which exists and is exactly `offset` bytes long. */
  readonly path: string
  readonly identity: string
  readonly offset: number
  /** The file gets no longer than that; null for no limit. */
  readonly mostBytes: number | null
  /** What stays free on the disk. */
  readonly spareBytes: number
}

/** What it says at its end. */
export interface Answer {
  /** Bytes of the file, synced. */
  readonly offset: number
  readonly error: StoredError | null
}
