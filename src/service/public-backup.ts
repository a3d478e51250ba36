import type { Backup } from '../engine/backup.ts'

/** The public shape of a backup, without anything that the engine may add. */
export function publicBackup(backup: Backup): Backup {
  const { name, database, runId, createdAt, sizeBytes, trigger, createdBy, note, sha256 } = backup
  const { proven, checked, protected: kept, appVersion } = backup
  const made = { name, database, runId, createdAt, sizeBytes, trigger, createdBy, note, sha256 }
  return { ...made, proven, checked, protected: kept, appVersion }
}
