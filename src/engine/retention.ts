import type { Backup } from './backup.ts'

/** How many to keep. Null switches a rule off. Rules as in Proxmox Backup Server; `maxCount` is its "keep-last". */
export interface RetentionRules {
  readonly maxCount: number | null
  readonly maxAgeDays: number | null
  readonly keepDaily: number | null
  readonly keepWeekly: number | null
  readonly keepMonthly: number | null
  readonly keepYearly: number | null
}

export type KeepReason =
  | 'last'
  | 'daily'
  | 'weekly'
  | 'monthly'
  | 'yearly'
  | 'no-rule'
  | 'newest-proven'
  | 'protected'
  | 'manual'
  | 'imported'
  | 'before-update'
  | 'before-change'
  | 'before-restore'
  | 'clock-not-believed'

/** Why a backup goes: no rule keeps it, it is older than `maxAgeDays`, or its grace period is over. */
export type RetentionReason = 'not-kept' | 'too-old' | 'grace-over'

export interface RetentionCandidate {
  readonly backup: Backup
  readonly sequence: number
}

export interface RetentionPlan {
  readonly keep: readonly { readonly backup: Backup; readonly because: readonly KeepReason[] }[]
  /** Oldest first. */
  readonly remove: readonly { readonly backup: Backup; readonly reason: RetentionReason }[]
  /** Null, or why rules of age and calendar removed nothing. */
  readonly clock: 'behind' | 'ahead' | null
}
