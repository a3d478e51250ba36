/** What a full look at a plain SQLite file found. */
export interface Findings {
  /** Empty when the file is whole, otherwise the first few things that are wrong. */
  readonly damage: readonly string[]
  /** The check was ended at one of its limits, which is all that `damage` says then. */
  readonly atLimit: boolean
  readonly pageCount: number
  readonly schemaVersion: number
  readonly freelistCount: number
  /** As `schemaFingerprint` computes it. */
  readonly schemaFingerprint: string
  /** Null when it could not be counted. */
  readonly foreignKeyViolations: number | null
  /** Rows per table; tables that could not be counted are left out. */
  readonly rowCounts: Readonly<Record<string, number>>
}

/** Of a file that nothing could be found out about. */
export const noFindings: Findings = {
  damage: [],
  atLimit: false,
  pageCount: 0,
  schemaVersion: 0,
  freelistCount: 0,
  schemaFingerprint: '',
  foreignKeyViolations: null,
  rowCounts: {},
}

/** Bytes of a file of ours that is looked at on the spot: it takes less than asking somebody else. */
export const smallBytes = 16 * 1024 * 1024

export interface IntegrityTask {
  readonly path: string
  /** From elsewhere: no view is asked and no code of a virtual table runs. */
  readonly hostile: boolean
}

/** The findings, or the code and message of an error that says nothing about the file. */
export type IntegrityAnswer =
  | { readonly findings: Findings }
  | { readonly code: string; readonly message: string }
