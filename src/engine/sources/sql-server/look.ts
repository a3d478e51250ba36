import { BackupError } from '../../errors.ts'
import { databaseMissing, type Named, refused } from './errors.ts'
import { expectRoom, expectUsableHere, freshFile, layForServer, removeShared } from './exchange-folder.ts'
import { folderRefused, foldersDiffer, isAboutDevice, operatingSystemError } from './folder-errors.ts'
import { numbers, ServerError } from './server-error.ts'
import type { Row, Session } from './session.ts'
import { describeDatabase, describeServer, readLabel, serviceAccounts, usedPages } from './statements.ts'

const pageBytes = 8192

export interface Server {
  readonly version: string
  readonly edition: string
  readonly compresses: boolean
  /** Where new databases go; null where the server doesn't tell. */
  readonly dataPath: string | null
  readonly logPath: string | null
}

export interface LiveSqlDatabase {
  /** As the server writes it. */
  readonly name: string
  readonly compatibilityLevel: number
  readonly recoveryModel: string
  /** What a backup holds, before compression and without the part of the log that comes with it. */
  readonly usedBytes: number
}

/** Editions that have no folders of their own: Azure's databases, where the platform makes the backups. */
const withoutBackup: ReadonlySet<number> = new Set([5, 6, 8, 11, 12])
const express = 4

export async function lookAtServer(session: Session, signal: AbortSignal): Promise<Server> {
  const [row] = await session.run(describeServer, { signal })
  const { version, edition, engineEdition, dataPath, logPath } = row ?? {}
  if (withoutBackup.has(Number(engineEdition))) {
    throw new BackupError('server-refused', `${String(edition)} can’t write backups into a folder`, {
      hint: 'There the platform itself makes the backups. Take this source out of the profile.',
      details: { said: String(edition) },
    })
  }
  return {
    version: String(version),
    edition: String(edition),
    // Web editions have the engine of Standard without compression; for them the server's own word is asked for.
    compresses: Number(engineEdition) !== express,
    dataPath: textOrNull(dataPath),
    logPath: textOrNull(logPath),
  }
}

/** Rejects for a database that could not be backed up as it stands. */
export async function lookAtDatabase(
  session: Session,
  named: Named,
  signal: AbortSignal,
): Promise<LiveSqlDatabase> {
  const [row] = await session.run(describeDatabase(named.database), { signal })
  if (row === undefined) throw databaseMissing(named)
  expectFit(row, named)
  const name = String(row.name)
  return {
    name,
    compatibilityLevel: Number(row.compatibilityLevel),
    recoveryModel: String(row.recoveryModel),
    usedBytes: (await pagesOf(session, name, Number(row.allocatedPages ?? 0), signal)) * pageBytes,
  }
}

function expectFit({ state, snapshotOf, mayBackUp, mayLook }: Row, { database }: Named): void {
  const no = (text: string, hint: string) =>
    new BackupError('server-refused', text, { hint, details: { database, said: String(state) } })
  if (state !== 'ONLINE')
    throw no(
      `The database "${database}" is ${String(state)}, not ONLINE`,
      'Bring it online first; the server’s own log says what happened.',
    )
  if (snapshotOf !== null && snapshotOf !== undefined)
    throw no(`"${database}" is a snapshot of another database`, 'Name the database itself.')
  if (Number(mayBackUp) !== 1)
    throw no(
      `The login of the connection may not back up the database "${database}"`,
      'Make it a user of the database in the role db_backupoperator.',
    )
  if (Number(mayLook) !== 1)
    throw no(
      'The login of the connection may not look into backups, so none could be proven',
      'SQL Server asks for the right to create databases for this: add the login to the role dbcreator.',
    )
}

/** A login that may back up is a user of the database; should it not be, the size of the files stands for what is used. */
async function pagesOf(
  session: Session,
  name: string,
  allocated: number,
  signal: AbortSignal,
): Promise<number> {
  try {
    const [row] = await session.run(usedPages(name), { signal })
    return Number(row?.usedPages ?? 0) || allocated
  } catch (error) {
    if (error instanceof ServerError) return allocated
    throw error
  }
}

/** The server's first guess for a compressed backup: it takes a third of the database for itself beforehand. */
const compressedShare = 1 / 3

export function expectRoomForBackup(
  named: Named,
  { usedBytes }: LiveSqlDatabase,
  { compresses }: Server,
): void {
  expectRoom(named, Math.ceil(compresses ? usedBytes * compressedShare : usedBytes))
}

const fileNotFound = 2

/**
 * Whether both sides see one folder: the server is asked to look into a small file of ours. Of one that it can read it
 * says that it is no backup.
 */
export async function expectSharedFolder(session: Session, named: Named, signal: AbortSignal): Promise<void> {
  expectUsableHere(named)
  const probe = freshFile(named, 'probe')
  try {
    await layForServer(probe, named, async (handle) => {
      await handle.writeFile('This file may be deleted.\n')
    })
    await session.run(readLabel(probe.server), { signal })
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    if (error.has(numbers.notABackup) || error.has(numbers.emptyVolume)) return
    const missing = operatingSystemError(error, named)?.number === fileNotFound
    throw missing
      ? foldersDiffer(named)
      : await explain(error, named, session, 'The folder could not be looked at', signal)
  } finally {
    await removeShared(probe)
  }
}

/** Says what a refusal means; for one that concerns the folder, who may not use it. */
export async function explain(
  error: ServerError,
  named: Named,
  session: Session,
  doing: string,
  signal: AbortSignal,
): Promise<BackupError> {
  return isAboutDevice(error)
    ? folderRefused(error, named, await accountOf(session, signal))
    : refused(error, named, doing)
}

/** Null when this login may not know it, as on most servers. */
async function accountOf(session: Session, signal: AbortSignal): Promise<string | null> {
  try {
    const rows = await session.run(serviceAccounts, { signal })
    return textOrNull(rows.find(({ service }) => /^SQL Server \(/.test(String(service)))?.account)
  } catch {
    return null
  }
}

const textOrNull = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)
