import type { Backup } from '../engine/backup.ts'

/** "2026-11-20 01:30:00", in UTC. */
export const utc = (iso: string) => new Date(iso).toISOString().slice(0, 19).replace('T', ' ')

/** Damage is never hidden by an older success of another kind. */
export function proofOf({ proven, checked }: Backup): 'proven' | 'checked' | 'damaged' | 'none' {
  if (proven?.outcome === 'failed' || checked?.outcome === 'failed') return 'damaged'
  if (proven) return 'proven'
  return checked ? 'checked' : 'none'
}
