/** Why something that looks like a backup is not believed. */
export type IgnoredReason =
  | 'link'
  | 'not-a-file'
  | 'several-names'
  | 'live-database'
  | 'unreadable'
  | 'broken-sidecar'
  | 'newer-format'

/** Everything that the page can warn about, each with what its sentence needs. Times are ISO 8601. */
export interface HealthDetails {
  readonly 'never-run': Record<never, never>
  /** `lastSuccessAt` is null when there was none. */
  readonly overdue: { readonly lastSuccessAt: string | null; readonly dueAt: string }
  /** `by` is null when nobody knows. */
  readonly 'automate-paused': { readonly by: string | null; readonly since: string }
  /** Switched off at the host, or nothing there starts it; `wanted` in the settings all the same. */
  readonly 'task-inactive': { readonly wanted: boolean }
  readonly 'automatic-off': Record<never, never>
  /** An operator has edited the settings' file, and nothing has happened since that would have it hold. */
  readonly 'file-not-taken-up': Record<never, never>
  readonly 'folder-not-writable': { readonly folder: string }
  readonly 'disk-full': { readonly neededBytes: number; readonly freeBytes: number }
  readonly 'same-disk': Record<never, never>
  /** `type` is the kernel's name of the file system. */
  readonly 'network-folder': { readonly type: string }
  readonly 'clock-behind': Record<never, never>
  readonly 'clock-ahead': Record<never, never>
  /** Message and hint are in the reader's language already. */
  readonly 'last-run-failed': { readonly message: string; readonly hint: string; readonly at: string }
  /** Message and hint are in the reader's language already. */
  readonly 'drill-failed': { readonly message: string; readonly hint: string; readonly at: string }
  /** `name` is one of them. */
  readonly 'damaged-backup': { readonly count: number; readonly name: string }
  readonly 'ignored-files': { readonly count: number; readonly name: string; readonly reason: IgnoredReason }
  readonly 'schedule-elsewhere': { readonly link: string | null }
  readonly 'invalid-stored-settings': Record<never, never>
  readonly 'platform-untested': Record<never, never>
}

export type HealthCode = keyof HealthDetails
