import type { ArchiveSource, SqlServerConfig } from '../../archive.ts'
import { BackupError } from '../../errors.ts'
import { reasonOf } from '../../failure.ts'
import { backUpInto } from './back-up.ts'
import { refused } from './errors.ts'
import { expectRoomForBackup, expectSharedFolder, lookAtDatabase, lookAtServer } from './look.ts'
import { restoreFrom } from './restore.ts'
import { ServerError } from './server-error.ts'
import { openSession, type Session } from './session.ts'

export interface SqlServerLimits {
  /** Longest time of a backup or a restore. */
  readonly deadlineMs: number
  /** Longest time for putting a database back in order after a restore that failed. */
  readonly tidyMs: number
  now(): number
}

const usualLimits: SqlServerLimits = { deadlineMs: 12 * 60 * 60 * 1000, tidyMs: 30_000, now: Date.now }

/** A database of a SQL Server, whose backups the server itself writes into a folder that both sides can see. */
export function createSqlServerSource(
  config: SqlServerConfig,
  id: string,
  limits: SqlServerLimits = usualLimits,
): ArchiveSource {
  const { connection, ...named } = config
  const connect = (signal: AbortSignal) => openSession(connection, id, signal)

  /** One connection and one deadline for each call, whose errors are said in words. */
  async function within<T>(
    given: AbortSignal,
    doing: string,
    work: (session: Session, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return underDeadline(given, limits.deadlineMs, async (signal) => {
      const session = await connect(signal)
      try {
        return await work(session, signal)
      } catch (error) {
        throw error instanceof ServerError ? refused(error, named, doing) : error
      } finally {
        await session.close()
      }
    })
  }

  return {
    id,
    kind: 'mssql',
    measure: ({ signal: given }) =>
      within(given, `The database "${named.database}" could not be looked at`, async (session, signal) => {
        const server = await lookAtServer(session, signal)
        const database = await lookAtDatabase(session, named, signal)
        await expectSharedFolder(session, named, signal)
        expectRoomForBackup(named, database, server)
        const { name, usedBytes: bytes } = database
        return { files: 1, bytes, largest: [{ path: name, bytes }] }
      }),
    pour: (sink, options) =>
      within(options.signal, `The database "${named.database}" could not be backed up`, (session, signal) =>
        backUpInto(
          sink,
          { id, named, session, sweepAfterMs: limits.deadlineMs, now: limits.now },
          { ...options, signal },
        ),
      ),
    restore: (entries, options) =>
      underDeadline(options.signal, limits.deadlineMs, (signal) =>
        restoreFrom(entries, { named, connect, tidyMs: limits.tidyMs }, { ...options, signal }),
      ),
  }
}

/** Joins the run's signal with our own deadline; the reason of whichever comes first is the error. */
async function underDeadline<T>(
  given: AbortSignal,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController()
  const timer = setTimeout(() => own.abort(tookTooLong(deadlineMs)), deadlineMs)
  const signal = AbortSignal.any([given, own.signal])
  try {
    return await work(signal)
  } catch (error) {
    throw signal.aborted && !isWorse(error) ? reasonOf(signal) : error
  } finally {
    clearTimeout(timer)
  }
}

/** What a person has to know even though the run was stopped. */
const isWorse = (error: unknown) => error instanceof BackupError && error.code === 'half-restored'

function tookTooLong(deadlineMs: number): BackupError {
  return new BackupError(
    'timed-out',
    `The SQL Server did not finish within ${Math.round(deadlineMs / 60_000)} minutes`,
    {
      hint: 'Look at what keeps the server busy, and start it again at a quieter time.',
    },
  )
}
