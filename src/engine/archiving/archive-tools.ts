import type { ArchiveFormat, ArchiveSource } from '../archive.ts'
import type { NamedSource } from '../archiving.ts'
import type { RunTools } from '../runs/run-in-vault.ts'
import type { CheckUp } from './check-up.ts'

/** What an archive run is given by the process that it runs in. */
export interface ArchiveTools extends RunTools {
  readonly format: ArchiveFormat
  createSource(config: NamedSource): ArchiveSource
  /** Looks at one that came from elsewhere, in a process with limits. `stopped` says at which of them. */
  checkArchive(
    file: { readonly path: string; readonly sizeBytes: number },
    options: { readonly signal: AbortSignal; readonly leastMs?: number | undefined },
  ): Promise<CheckUp | { readonly stopped: string }>
}
