/**
 * The process in which archives are made and restored, and its own composition root: here it is decided which format
 * they have and which sources there are. It lives as long as its parent and touches what the parent must not.
 */
import type { ArchiveSource } from '../archive.ts'
import { checkArchive } from '../archive-check/check-archive.ts'
import { favourMainThread } from '../archives/packing-process.ts'
import { zipFormat } from '../archives/zip/zip-format.ts'
import type { NamedSource } from '../archiving.ts'
import { createDirectorySource } from '../sources/directory/directory-source.ts'
import { createSqlServerSource } from '../sources/sql-server/sql-server-source.ts'
import { createSqliteArchiveSource } from '../sources/sqlite/sqlite-archive-source.ts'
import { createSqliteSource } from '../sources/sqlite/sqlite-source.ts'
import { serve } from '../worker/serve.ts'
import { archiveOperations } from './operations.ts'

serve(({ sourceTimeoutMs }) => {
  const databases = createSqliteSource({ timeoutMs: sourceTimeoutMs })
  const createSource = (config: NamedSource): ArchiveSource => {
    if (config.kind === 'directory') return createDirectorySource(config, { databases })
    if (config.kind === 'sqlite') return createSqliteArchiveSource(config, { databases })
    return createSqlServerSource(config, config.id)
  }
  return {
    operations: archiveOperations({ format: zipFormat, createSource, checkArchive }),
    source: databases,
  }
})

await favourMainThread()
