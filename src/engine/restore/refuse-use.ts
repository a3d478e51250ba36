import type { RestoreRequest } from '../restoring.ts'
import { inUse, useUnknown } from './refusals.ts'
import { findUsage, watch } from './usage.ts'

/** A database that somebody has open is never replaced; where that can't be seen, only when the caller answers for it. */
export function refuseUse({ database, acceptUnseen }: RestoreRequest, path: string): void {
  const files = watch(path)
  if (files.identities.size === 0) return
  const usage = findUsage(files)
  if (usage.processes.length > 0) throw inUse(database, usage)
  if (usage.seen !== 'all' && !acceptUnseen) throw useUnknown(database, usage)
}
