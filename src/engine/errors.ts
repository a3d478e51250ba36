/** Every way in which the product can say no. Closed: adding one makes the compiler ask for its status and texts. */
export const errorCodes = [
  'invalid-request',
  'invalid-settings',
  'forbidden',
  'cross-site',
  'not-found',
  'method-not-allowed',
  'range-not-satisfiable',
  'busy',
  'protected',
  'limit-reached',
  'tenant-changed',
  'operator-settings-broken',
  'folder-not-writable',
  'folder-unsafe',
  'disk-full',
  'source-missing',
  'source-empty',
  'source-not-a-database',
  'source-unsafe',
  'source-locked',
  'source-damaged',
  'source-changed',
  'server-unreachable',
  'server-refused',
  'server-folder',
  'half-restored',
  'connection-missing',
  'proof-failed',
  'newer-format',
  'newer-application',
  'other-version',
  'database-in-use',
  'use-unknown',
  'wrong-tenant',
  'restore-not-allowed',
  'restore-unavailable',
  'restore-waiting',
  'wrong-confirmation',
  'suspend-failed',
  'too-late',
  'upload-refused',
  'upload-too-large',
  'upload-locked',
  'wrong-offset',
  'too-many-uploads',
  'unsupported-type',
  'wrong-tus-version',
  'io-failed',
  'cancelled',
  'timed-out',
  'interrupted',
  'worker-crashed',
  'look-stopped',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** Numbers and names that belong into the sentence, so that it can be said in another language. */
export type ErrorDetails = Readonly<Record<string, string | number>>

/** How an error is stored and sent between processes. */
export interface StoredError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly details?: ErrorDetails
}

/**
 * The one error of the product. `message` says what went wrong, with the numbers in it; `hint` says what to do.
 * Neither holds a secret or a stack trace: both are shown to people.
 */
export class BackupError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly details: ErrorDetails

  constructor(
    code: ErrorCode,
    message: string,
    more: { readonly hint: string; readonly details?: ErrorDetails; readonly cause?: unknown },
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause })
    this.name = 'BackupError'
    this.code = code
    this.hint = more.hint
    this.details = more.details ?? {}
  }

  toJSON(): StoredError {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details }
  }

  static fromJSON(stored: StoredError): BackupError {
    return new BackupError(stored.code, stored.message, {
      hint: stored.hint,
      details: stored.details ?? {},
    })
  }
}
