import type sql from 'mssql'
import { BackupError } from '../../errors.ts'

const connectTimeoutMs = 15_000

/** The package, which is loaded at the first connection: it takes a second and 40 MiB. */
export type Driver = typeof sql

/**
 * What the driver needs, from a connection string. Encrypted unless the string says otherwise, and the certificate is
 * checked unless it says otherwise. Statements have no time limit: the driver's own of 15 s ends every backup, ours is
 * the signal of the run. Works in `master`, because nobody may be in a database that is restored, ourselves included.
 */
export function readConnection(connection: string, id: string, { ConnectionPool }: Driver): sql.config {
  const { server, options, pool: _, ...settings } = parse(connection, id, ConnectionPool)
  // A string with a missing ";" makes one word of what follows, the password included.
  if (typeof server !== 'string' || !/^[\p{L}\p{N}_.:-]+$/u.test(server)) throw unusable(id)
  return {
    ...settings,
    server,
    database: 'master',
    connectionTimeout:
      Number(settings.connectionTimeout) > 0 ? Number(settings.connectionTimeout) : connectTimeoutMs,
    requestTimeout: 0,
    pool: { min: 0, max: 1 },
    // Asking the server beforehand whether it is there would make a driver that is refused begin again without end.
    validateConnection: false,
    options: {
      ...options,
      encrypt: options?.encrypt ?? true,
      trustServerCertificate: options?.trustServerCertificate ?? false,
      appName: 'automate-plugin-backup',
    },
  }
}

/** The parser's own error quotes the string, which is a secret. */
function parse(connection: string, id: string, pool: Driver['ConnectionPool']): sql.config {
  try {
    return pool.parseConnectionString(connection)
  } catch {
    throw unusable(id)
  }
}

function unusable(id: string): BackupError {
  return new BackupError('invalid-settings', `The connection of the source "${id}" can’t be understood`, {
    hint: 'It looks like "Server=host,1433;User Id=name;Password={secret}": parts with ";" between them, values with special characters in braces.',
    details: { source: id },
  })
}
