import type { BackupModel, OverviewModel, RunModel } from './model.ts'

/**
 * How well the data is protected right now. `first`: nothing proven yet, but the first backup is on its way.
 * `attention`: something is wrong that endangers the backups to come, whether or not there are proven ones.
 */
export type ProtectionState = 'protected' | 'attention' | 'first' | 'never'

export const isActive = (run: RunModel | null): run is RunModel =>
  run !== null && (run.status === 'queued' || run.status === 'running')

export const isProven = (backup: BackupModel): boolean => backup.proven?.outcome === 'passed'

/** Proven, or found whole as far as a file from elsewhere can be. */
export const isWhole = (backup: BackupModel): boolean =>
  (backup.proven ?? backup.checked)?.outcome === 'passed'

export const newestProven = (backups: readonly BackupModel[]): BackupModel | null =>
  backups.find(isProven) ?? null

export function protectionOf({ backups, health, run }: OverviewModel): ProtectionState {
  const troubled = health.some(({ severity, code }) => severity === 'error' && code !== 'never-run')
  if (troubled) return 'attention'
  if (newestProven(backups)) return 'protected'
  return isActive(run) && run.kind === 'create' ? 'first' : 'never'
}
