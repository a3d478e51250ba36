import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { EntrySink, PourOptions, SourceReport } from '../../archive.ts'
import { failureFrom, reasonOf } from '../../failure.ts'
import { entryNameOf } from './entry-name.ts'
import { type Named, proofFailed } from './errors.ts'
import {
  expectUsableHere,
  freshFile,
  openWritten,
  removeShared,
  type SharedFile,
  sweep,
} from './exchange-folder.ts'
import { foldersDiffer } from './folder-errors.ts'
import {
  expectRoomForBackup,
  expectSharedFolder,
  explain,
  type LiveSqlDatabase,
  lookAtDatabase,
  lookAtServer,
  type Server,
} from './look.ts'
import { type Teller, tellProgress } from './progress.ts'
import { type Header, prove } from './prove.ts'
import { numbers, ServerError } from './server-error.ts'
import type { Session } from './session.ts'
import { backUp } from './statements.ts'

export interface BackUpTask {
  readonly id: string
  readonly named: Named
  readonly session: Session
  /** How old a file of ours must be to be a leftover for certain. */
  readonly sweepAfterMs: number
  now(): number
}

/** Lets the server write a backup, proves it, puts it into the archive and removes it. */
export async function backUpInto(
  sink: EntrySink,
  task: BackUpTask,
  options: PourOptions,
): Promise<SourceReport> {
  const { named, session, sweepAfterMs, now } = task
  const { signal } = options
  expectUsableHere(named)
  await sweep(named, { olderThanMs: sweepAfterMs, now: now() })
  const server = await lookAtServer(session, signal)
  const database = await lookAtDatabase(session, named, signal)
  expectRoomForBackup(named, database, server)
  await expectSharedFolder(session, named, signal)
  const teller = tellProgress(database.name, database.usedBytes, options)
  const file = freshFile(named, 'bak')
  let header: Header
  try {
    await write(task, { server, database, file, teller }, signal)
    header = await prove(session, file.server, named, { signal, onMessage: teller.watching('VERIFY') })
    if (header.database !== database.name)
      throw proofFailed(named, `it is of the database "${header.database}"`)
    await add(sink, task, { database, file }, signal)
  } finally {
    await removeShared(file)
  }
  teller.done()
  return { leftOut: [], details: detailsOf(server, database, header) }
}

interface Job {
  readonly server: Server
  readonly database: LiveSqlDatabase
  readonly file: SharedFile
  readonly teller: Teller
}

/** With compression where the edition has it, which a few don't and say so. */
async function write(task: BackUpTask, job: Job, signal: AbortSignal): Promise<void> {
  const { session, named } = task
  const { server, database, file, teller } = job
  const onMessage = teller.counting('BACKUP')
  const attempt = (compressed: boolean) =>
    session.run(backUp(database.name, file.server, { compressed }), { signal, onMessage })
  try {
    await attempt(server.compresses).catch((error) => {
      if (error instanceof ServerError && error.has(numbers.noCompression)) return attempt(false)
      throw error
    })
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    throw await explain(
      error,
      named,
      session,
      `The database "${named.database}" could not be backed up`,
      signal,
    )
  }
}

async function add(
  sink: EntrySink,
  { id, named }: BackUpTask,
  { database, file }: Pick<Job, 'database' | 'file'>,
  signal: AbortSignal,
): Promise<void> {
  const { handle, stats } = await openWritten(file, named)
  const streams: Readable[] = []
  try {
    if (stats.size === 0) throw foldersDiffer(named)
    const stored = await sink.add({
      kind: 'file',
      path: `${id}/${entryNameOf(database.name)}`,
      mode: 0o600,
      modifiedAt: stats.mtime.toISOString(),
      sizeBytes: stats.size,
      open: () => {
        const stream = openAgain(handle, signal)
        streams.push(stream)
        return stream
      },
    })
    const after = await handle.stat()
    if (stored.sizeBytes !== stats.size || after.size !== stats.size || after.mtimeMs !== stats.mtimeMs)
      throw proofFailed(named, 'its file changed while it was read')
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal)
    throw failureFrom(
      error,
      `The backup of the database "${named.database}" could not be put into the archive`,
    )
  } finally {
    for (const stream of streams) stream.destroy()
    await handle.close()
  }
}

const pieceBytes = 256 * 1024

/**
 * All streams read from the one file that was opened: its name may lead elsewhere by now. Not the handle's own streams:
 * those close it when they end, or keep it open when they don't.
 */
function openAgain(handle: FileHandle, signal: AbortSignal): Readable {
  if (signal.aborted) throw reasonOf(signal)
  return Readable.from(piecesOf(handle), { objectMode: false })
}

async function* piecesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** For the manifest. */
function detailsOf(server: Server, database: LiveSqlDatabase, header: Header): SourceReport['details'] {
  return {
    database: database.name,
    server: { version: server.version, edition: server.edition },
    recoveryModel: database.recoveryModel,
    compatibilityLevel: header.compatibilityLevel,
    backupServerVersion: header.serverVersion,
    backupBytes: header.backupBytes,
    compressedBytes: header.compressedBytes,
    compressed: header.compressed,
    checksums: header.checksums,
    copyOnly: header.copyOnly,
    finishedAt: header.finishedAt,
  }
}
