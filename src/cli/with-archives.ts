import { createArchiveEngine } from '../engine/archive-engine.ts'
import type { ArchiveEngine } from '../engine/archiving.ts'
import type { BackupEngine } from '../engine/engine.ts'
import { withEngine } from './with-engine.ts'

export interface Engines {
  readonly engine: BackupEngine
  readonly archives: ArchiveEngine
}

/** Does something with both engines, which end with it. */
export async function withArchives<T>(work: (engines: Engines) => Promise<T>): Promise<T> {
  return withEngine(async (engine) => {
    const archives = createArchiveEngine()
    try {
      return await work({ engine, archives })
    } finally {
      await archives.close()
    }
  })
}
