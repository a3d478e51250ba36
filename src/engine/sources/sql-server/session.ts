import type sql from 'mssql'
import { reasonOf } from '../../failure.ts'
import { unreachable } from './connection-errors.ts'
import { type Driver, readConnection } from './connection-settings.ts'
import { type Said, serverErrorFrom } from './server-error.ts'
import type { Statement } from './statements.ts'

export type Row = Readonly<Record<string, unknown>>

export interface StatementOptions {
  /** Aborting stops the statement on the server. */
  readonly signal: AbortSignal
  /** What the server says while it works. */
  onMessage?(message: Said): void
}

/** One connection to a server. */
export interface Session {
  /**
   * Rows of the first result. Rejects `ServerError` for what the server refuses, `server-unreachable` when the
   * connection is lost, and the signal's reason, at the latest half a second after it.
   */
  run(statement: Statement, options: StatementOptions): Promise<readonly Row[]>
  /** Never rejects. */
  close(): Promise<void>
}

/** How long a statement may take to stop before the connection is cut, which stops it as well. */
const stopMs = 400

/** The driver's own connection beneath the pool. */
interface Wire {
  close(): void
}

/** `id` is that of the source. Rejects `server-unreachable`, `server-refused`, or `invalid-settings`. */
export async function openSession(connection: string, id: string, signal: AbortSignal): Promise<Session> {
  const { default: driver } = await import('mssql')
  const settings = readConnection(connection, id, driver)
  if (signal.aborted) throw reasonOf(signal)
  let wire: Wire | null = null
  const cut = () => wire?.close()
  const pool = new driver.ConnectionPool({
    ...settings,
    beforeConnect(connection) {
      wire = connection
    },
  })
  // Every error reaches the call that it concerns as well.
  pool.on('error', () => {})
  const close = async () => {
    cut()
    await pool.close().catch(() => {})
  }
  try {
    await stoppable(pool.connect(), signal, cut)
  } catch (error) {
    await close()
    throw signal.aborted ? reasonOf(signal) : unreachable(error, settings)
  }
  return {
    close,
    run: (statement, options) => run(statement, options, { driver, pool, settings, cut }),
  }
}

interface Means {
  readonly driver: Driver
  readonly pool: sql.ConnectionPool
  readonly settings: sql.config
  cut(): void
}

async function run(
  { text, parameters }: Statement,
  { signal, onMessage = () => {} }: StatementOptions,
  { driver, pool, settings, cut }: Means,
): Promise<readonly Row[]> {
  if (signal.aborted) throw reasonOf(signal)
  const request = pool.request()
  for (const [name, value] of Object.entries(parameters)) request.input(name, driver.NVarChar, value)
  request.on('info', ({ number, message }) => onMessage({ number, message }))
  let cutting: NodeJS.Timeout | undefined
  const stop = () => {
    request.cancel()
    cutting = setTimeout(cut, stopMs)
  }
  try {
    const { recordset } = await stoppable(request.query<Row>(text), signal, stop)
    return recordset ?? []
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal)
    throw serverErrorFrom(error) ?? unreachable(error, settings)
  } finally {
    clearTimeout(cutting)
  }
}

async function stoppable<T>(work: Promise<T>, signal: AbortSignal, stop: () => void): Promise<T> {
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await work
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
