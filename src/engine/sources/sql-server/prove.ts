import { type Named, proofFailed } from './errors.ts'
import { explain } from './look.ts'
import { type Said, ServerError } from './server-error.ts'
import type { Row, Session } from './session.ts'
import { readHeader, verify } from './statements.ts'

/** What a backup says of itself. */
export interface Header {
  readonly database: string
  readonly compatibilityLevel: number
  /** Of the server that made it: "16.0.4105". */
  readonly serverVersion: string
  readonly backupBytes: number
  readonly compressedBytes: number
  readonly checksums: boolean
  readonly copyOnly: boolean
  readonly compressed: boolean
  /** By the clock of the server, whose time zone it does not say. */
  readonly finishedAt: string | null
}

export interface ProveOptions {
  readonly signal: AbortSignal
  onMessage(message: Said): void
}

/**
 * Lets the server read the whole file with all its checksums, as close to a restore as it can come, and looks at what
 * the file says of itself. Rejects `proof-failed`.
 */
export async function prove(
  session: Session,
  path: string,
  named: Named,
  { signal, onMessage }: ProveOptions,
): Promise<Header> {
  try {
    await session.run(verify(path), { signal, onMessage })
    return checkHeader(await session.run(readHeader(path), { signal }), named)
  } catch (error) {
    throw error instanceof ServerError ? await whyUnproven(error, named, session, signal) : error
  }
}

async function whyUnproven(error: ServerError, named: Named, session: Session, signal: AbortSignal) {
  const explained = await explain(error, named, session, 'The backup could not be verified', signal)
  return explained.code === 'server-refused' ? proofFailed(named, explained.message) : explained
}

const wholeDatabase = 1

function checkHeader(rows: readonly Row[], named: Named): Header {
  const [row] = rows
  if (row === undefined || rows.length > 1)
    throw proofFailed(named, `it holds ${rows.length} backups instead of one`)
  if (Number(row.BackupType) !== wholeDatabase)
    throw proofFailed(named, `it is no backup of a whole database (type ${String(row.BackupType)})`)
  if (row.HasBackupChecksums !== true) throw proofFailed(named, 'it has no checksums')
  if (row.IsDamaged !== false) throw proofFailed(named, 'the database was damaged when it was made')
  return headerFrom(row)
}

function headerFrom(row: Row): Header {
  const version = [row.SoftwareVersionMajor, row.SoftwareVersionMinor, row.SoftwareVersionBuild]
  return {
    database: String(row.DatabaseName),
    compatibilityLevel: Number(row.CompatibilityLevel),
    serverVersion: version.map(Number).join('.'),
    backupBytes: Number(row.BackupSize),
    compressedBytes: Number(row.CompressedBackupSize ?? row.BackupSize),
    checksums: row.HasBackupChecksums === true,
    copyOnly: row.IsCopyOnly === true,
    compressed: Boolean(row.Compressed),
    finishedAt: row.BackupFinishDate instanceof Date ? row.BackupFinishDate.toISOString().slice(0, 19) : null,
  }
}
