import { basename } from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { ReadableEntry, RestoreSourceOptions, RestoreSourceReport } from '../../archive.ts'
import { BackupError } from '../../errors.ts'
import { reasonOf } from '../../failure.ts'
import { halfRestored, type Named, refused } from './errors.ts'
import {
  expectRoom,
  expectUsableHere,
  freshFile,
  layForServer,
  removeShared,
  type SharedFile,
} from './exchange-folder.ts'
import { explain, lookAtServer, type Server } from './look.ts'
import { filesFrom, planMoves, presentFrom } from './moves.ts'
import { tellProgress } from './progress.ts'
import { prove } from './prove.ts'
import { endJournal, readJournal, removeLeftover, writeJournal } from './restore-journal.ts'
import { numbers, type Said, ServerError } from './server-error.ts'
import type { Session } from './session.ts'
import {
  drop,
  filesOf,
  type Move,
  readFileList,
  restore,
  stateOf,
  toMultiUser,
  toSingleUser,
} from './statements.ts'

export interface RestoreTask {
  readonly named: Named
  /** A new connection; the caller of it closes it. */
  connect(signal: AbortSignal): Promise<Session>
  /** Milliseconds for putting a database back in order after a failure, whatever became of the run. */
  readonly tidyMs: number
}

type Options = Pick<RestoreSourceOptions, 'signal' | 'to' | 'journal' | 'onProgress'>

/** Where a restore goes. */
interface Target {
  readonly database: string
  /** Its files, when it is there already. */
  readonly present: readonly Move[] | null
}

/**
 * Lays the backup into the shared folder, lets the server prove it, and only then takes the database from its users,
 * replaces it and gives it back. A server replaces a database in place: cut off in between, it has to be restored again,
 * and the error says so.
 */
export async function restoreFrom(
  entries: readonly ReadableEntry[],
  task: RestoreTask,
  options: Options,
): Promise<RestoreSourceReport> {
  const { named } = task
  const { signal } = options
  const entry = backupAmong(entries, named)
  const database = targetName(named, options)
  expectUsableHere(named)
  const session = await task.connect(signal)
  const file = freshFile(named, 'bak')
  try {
    await settle(task, session, options)
    expectRoom(named, entry.sizeBytes)
    const teller = tellProgress(database, entry.sizeBytes, options)
    await lay(entry, file, named, signal)
    const server = await lookAtServer(session, signal)
    await prove(session, file.server, named, { signal, onMessage: teller.watching('VERIFY') })
    const target: Target = { database, present: await presentFiles(session, database, signal) }
    const moves = await movesFor(session, file, named, { target, server, signal })
    writeJournal(options.journal, { database, file: basename(file.local), fresh: target.present === null })
    await replace(session, task, { target, file, moves, signal, onMessage: teller.counting('RESTORE') })
    endJournal(options.journal)
    teller.done()
    return { files: 1, bytes: entry.sizeBytes, untouched: [] }
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    throw await explain(error, named, session, `The database "${database}" could not be restored`, signal)
  } finally {
    await removeShared(file)
    await session.close()
  }
}

function backupAmong(entries: readonly ReadableEntry[], { database }: Named): ReadableEntry {
  const found = entries.filter(({ kind, path }) => kind === 'file' && path.endsWith('.bak'))
  if (found.length === 1) return found[0]!
  throw new BackupError(
    'not-found',
    `The archive holds ${found.length === 0 ? 'no backup' : 'several backups'} of the database "${database}" under this source`,
    { hint: 'Look at what is in it, and choose another archive.' },
  )
}

/** The server's own databases can't be replaced while it runs, or at all. */
const system: ReadonlySet<string> = new Set(['master', 'model', 'msdb', 'tempdb'])

function targetName({ database }: Named, { to }: Options): string {
  const name = to ?? database
  if (name !== '' && name.length <= 128 && !name.includes('\0') && !system.has(name.toLowerCase()))
    return name
  throw new BackupError(
    'invalid-request',
    `A restore can’t go to a database with the name "${name.slice(0, 128)}"`,
    {
      hint: 'Choose a name of 1 to 128 characters that is none of the server’s own databases.',
      details: { field: 'to' },
    },
  )
}

async function lay(entry: ReadableEntry, file: SharedFile, named: Named, signal: AbortSignal): Promise<void> {
  try {
    await layForServer(file, named, async (handle) => {
      await handle.writeFile(addAbortSignal(signal, await entry.open()))
    })
  } catch (error) {
    throw signal.aborted ? reasonOf(signal) : error
  }
}

async function presentFiles(
  session: Session,
  database: string,
  signal: AbortSignal,
): Promise<readonly Move[] | null> {
  const [row] = await session.run(stateOf(database), { signal })
  return row === undefined ? null : presentFrom(await session.run(filesOf(database), { signal }))
}

async function movesFor(
  session: Session,
  file: SharedFile,
  named: Named,
  {
    target,
    server,
    signal,
  }: { readonly target: Target; readonly server: Server; readonly signal: AbortSignal },
): Promise<readonly Move[]> {
  const files = filesFrom(await session.run(readFileList(file.server), { signal }), named)
  return planMoves(files, target.database, { present: target.present ?? [], server })
}

interface Replacing {
  readonly target: Target
  readonly file: SharedFile
  readonly moves: readonly Move[]
  readonly signal: AbortSignal
  onMessage(message: Said): void
}

/** Whoever connects again between the two statements takes the one seat: then once more. */
const seatTries = 3

async function replace(session: Session, task: RestoreTask, job: Replacing): Promise<void> {
  const { target, file, moves, signal, onMessage } = job
  const { database, present } = target
  try {
    for (let left = seatTries; ; left--) {
      if (present !== null) await takeSeats(session, database, signal)
      try {
        await session.run(restore(database, file.server, { replace: present !== null, moves }), {
          signal,
          onMessage,
        })
        break
      } catch (error) {
        if (left === 1 || !(error instanceof ServerError) || !error.has(numbers.inUse)) throw error
      }
    }
  } catch (error) {
    throw await putInOrder(error, task, target)
  }
  const trouble = await putInOrder(null, task, target)
  if (trouble !== null) throw trouble
}

/** A database that is not online has no users, and takes no such statement; it is restored over all the same. */
async function takeSeats(session: Session, database: string, signal: AbortSignal): Promise<void> {
  const [row] = await session.run(stateOf(database), { signal })
  if (row?.state === 'ONLINE') await session.run(toSingleUser(database), { signal })
}

/**
 * Gives the database back to its users, on a connection of its own and for a time of its own: the old one may be gone,
 * and the run over. Returns the error that is to be told.
 */
async function putInOrder(
  error: unknown,
  { connect, named, tidyMs }: RestoreTask,
  target: Target,
): Promise<unknown> {
  const signal = AbortSignal.timeout(tidyMs)
  try {
    const session = await connect(signal)
    try {
      const half = await openToAll(session, target.database, { fresh: target.present === null, signal })
      if (error === null && half) return halfRestored(target.database, null)
      return half && error !== null ? halfRestored(target.database, asTold(error, named)) : error
    } finally {
      await session.close()
    }
  } catch (second) {
    const cause = signal.aborted ? null : second
    return stillClosed(target.database, error === null ? cause : asTold(error, named))
  }
}

/** Whether the database is neither the old nor the new one. One that was not there before is dropped. */
async function openToAll(
  session: Session,
  database: string,
  { fresh, signal }: { readonly fresh: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  const [row] = await session.run(stateOf(database), { signal })
  if (row === undefined) return !fresh
  if (row.state === 'ONLINE') {
    await session.run(toMultiUser(database), { signal })
    return false
  }
  if (!fresh || row.state !== 'RESTORING') return true
  await session.run(drop(database), { signal })
  return false
}

/** Finishes what a kill cut off. */
async function settle({ named }: RestoreTask, session: Session, { journal, signal }: Options): Promise<void> {
  const left = readJournal(journal)
  if (left === null) return
  await removeLeftover(named, left)
  await openToAll(session, left.database, { fresh: left.fresh, signal })
  endJournal(journal)
}

const asTold = (error: unknown, named: Named) =>
  error instanceof ServerError ? refused(error, named, 'The restore failed') : error

function stillClosed(database: string, error: unknown): BackupError {
  const because = error instanceof Error ? error.message : 'the server does not answer'
  return new BackupError(
    'half-restored',
    `The database "${database}" could not be given back to its users after the restore: ${because}`,
    {
      hint: 'Once the server answers, start the restore again, or run ALTER DATABASE ... SET MULTI_USER there.',
      details: { database },
    },
  )
}
