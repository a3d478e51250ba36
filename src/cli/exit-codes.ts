import type { ErrorCode } from '../engine/errors.ts'

export const done = 0
export const failed = 1
export const wrongUsage = 2
export const partly = 3
export const cancelled = 130

/** The one table that turns codes into exit codes. */
export const exitCodeOf = {
  'invalid-request': wrongUsage,
  'invalid-settings': failed,
  forbidden: failed,
  'cross-site': failed,
  'not-found': failed,
  'method-not-allowed': failed,
  'range-not-satisfiable': failed,
  busy: failed,
  protected: failed,
  'limit-reached': failed,
  'tenant-changed': failed,
  'operator-settings-broken': failed,
  'folder-not-writable': failed,
  'folder-unsafe': failed,
  'disk-full': failed,
  'source-missing': failed,
  'source-empty': failed,
  'source-not-a-database': failed,
  'source-unsafe': failed,
  'source-locked': failed,
  'source-damaged': failed,
  'source-changed': failed,
  'proof-failed': failed,
  'newer-format': failed,
  'newer-application': failed,
  'database-in-use': failed,
  'use-unknown': failed,
  'wrong-tenant': failed,
  'restore-not-allowed': failed,
  'restore-unavailable': failed,
  'restore-waiting': failed,
  'wrong-confirmation': failed,
  'suspend-failed': failed,
  'too-late': failed,
  'upload-refused': failed,
  'upload-too-large': failed,
  'upload-locked': failed,
  'wrong-offset': failed,
  'too-many-uploads': failed,
  'unsupported-type': failed,
  'wrong-tus-version': failed,
  'io-failed': failed,
  cancelled,
  'timed-out': failed,
  interrupted: failed,
  'worker-crashed': failed,
  internal: failed,
} as const satisfies Record<ErrorCode, number>
