/** Every way in which the product can say no. The routes compare it with the engine's own list when they compile. */
export type ErrorCode =
  | 'invalid-request'
  | 'invalid-settings'
  | 'forbidden'
  | 'cross-site'
  | 'not-found'
  | 'method-not-allowed'
  | 'range-not-satisfiable'
  | 'busy'
  | 'protected'
  | 'limit-reached'
  | 'tenant-changed'
  | 'operator-settings-broken'
  | 'folder-not-writable'
  | 'folder-unsafe'
  | 'disk-full'
  | 'source-missing'
  | 'source-empty'
  | 'source-not-a-database'
  | 'source-unsafe'
  | 'source-locked'
  | 'source-damaged'
  | 'source-changed'
  | 'server-unreachable'
  | 'server-refused'
  | 'server-folder'
  | 'half-restored'
  | 'connection-missing'
  | 'proof-failed'
  | 'newer-format'
  | 'newer-application'
  | 'other-version'
  | 'database-in-use'
  | 'use-unknown'
  | 'wrong-tenant'
  | 'restore-not-allowed'
  | 'restore-unavailable'
  | 'restore-waiting'
  | 'wrong-confirmation'
  | 'suspend-failed'
  | 'too-late'
  | 'upload-refused'
  | 'upload-too-large'
  | 'upload-locked'
  | 'wrong-offset'
  | 'too-many-uploads'
  | 'unsupported-type'
  | 'wrong-tus-version'
  | 'io-failed'
  | 'cancelled'
  | 'timed-out'
  | 'interrupted'
  | 'worker-crashed'
  | 'look-stopped'
  | 'internal'

export type ErrorDetails = Readonly<Record<string, string | number>>

/** What went wrong, and what to do about it. */
export interface Explanation {
  readonly message: string
  readonly hint: string
}

/** The words for one code. `original` is what the error says about itself, in English. */
export interface ErrorWords {
  readonly title: string
  readonly explain: (details: ErrorDetails, original: Explanation) => Explanation
}
