import type Database from 'better-sqlite3'
import { BackupError } from '../errors.ts'
import type { Identities, IdentityValue } from './job.ts'

export interface KeysQuestion {
  readonly table: string
  /** Names of the primary key's columns in the backup. */
  readonly columns: readonly string[]
  readonly identities: Identities
}

/**
 * Which of the keys a live database doesn't have; null where that can't be told. Each is sought by the primary key, so
 * that nothing is read but that. Throws `invalid-request` when the table has another key today.
 */
export function findMissing(
  connection: Database.Database,
  question: KeysQuestion,
): readonly (boolean | null)[] {
  const { table, columns, identities } = question
  // Not PRAGMA table_list, which looks at every view: what is live now may have been restored from anywhere.
  const definition = connection
    .prepare("SELECT sql FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?")
    .pluck()
    .get(table)
  if (definition === undefined) return identities.map((identity) => identity && true)
  const isTable = typeof definition === 'string' && definition.startsWith('CREATE TABLE ')
  if (!isTable || !hasSameKey(connection, table, columns)) throw laidOutDifferently(table)
  const where = columns.map((column) => `${quoted(column)} IS ?`).join(' AND ')
  const statement = connection.prepare(`SELECT 1 FROM main.${quoted(table)} WHERE ${where}`).pluck()
  return identities.map((identity) => identity && statement.get(...identity.map(bound)) === undefined)
}

function hasSameKey(connection: Database.Database, table: string, columns: readonly string[]): boolean {
  const key = connection
    .prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .pluck()
    .all(table) as string[]
  return key.length === columns.length && key.every((name, index) => name === columns[index])
}

function bound(part: IdentityValue): string | number | bigint | Buffer | null {
  if (part.type === 'null') return null
  if (part.type === 'integer') return BigInt(part.value)
  return part.type === 'blob' ? Buffer.from(part.value, 'base64') : part.value
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

function laidOutDifferently(table: string): BackupError {
  return new BackupError(
    'invalid-request',
    `The table ${table} has another primary key today than in the backup`,
    {
      hint: 'Look at all rows instead of those that are missing today.',
      details: { field: 'missing' },
    },
  )
}
