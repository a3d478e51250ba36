import type { ArchiveFormat, ArchiveSource } from '../archive.ts'
import type { NamedSource } from '../archiving.ts'
import type { RunTools } from '../runs/run-in-vault.ts'

/** What an archive run is given by the process that it runs in. */
export interface ArchiveTools extends RunTools {
  readonly format: ArchiveFormat
  createSource(config: NamedSource): ArchiveSource
}
