import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { readSchema, tableLimit } from '../schema-entries.ts'
import { schemaFingerprint } from '../schema-fingerprint.ts'
import { openImmutable } from '../vault/open-immutable.ts'
import { type Findings, type IntegrityTask, noFindings } from './findings.ts'
import { replaceModules } from './hostile/modules.ts'
import { errorInFindings } from './unreadable.ts'

/** More say nothing new, and a badly damaged file has millions. */
const damageLimit = 5
/**
 * The check of an index goes back and forth over its table: twice as much took a fifth less, and would take the process
 * past 64 MiB.
 */
const cacheKib = 4_096
/** Characters: a message may repeat names from the file. */
const messageLimit = 500

/**
 * Looks at every page of a plain SQLite file. Blocks until it is done: for a thread of its own. The file is taken as
 * immutable, so that nothing is made or locked beside it and a foreign `-wal` or `-journal` there is never applied.
 */
export function checkIntegrity(task: IntegrityTask): Findings {
  let connection: Database.Database | undefined
  try {
    connection = openImmutable(task.path, { cacheKib })
    if (task.hostile) replaceModules(connection)
    return examine(connection, task)
  } catch (error) {
    return { ...noFindings, damage: [damageFrom(error)] }
  } finally {
    connection?.close()
  }
}

function examine(connection: Database.Database, task: IntegrityTask): Findings {
  const damage = findDamage(connection, statSync(task.path).size)
  if (damage.length > 0) return { ...noFindings, damage: damage.map((one) => one.slice(0, messageLimit)) }
  return {
    damage,
    atLimit: false,
    pageCount: number(connection, 'page_count'),
    schemaVersion: number(connection, 'schema_version'),
    freelistCount: number(connection, 'freelist_count'),
    schemaFingerprint: schemaFingerprint(connection),
    foreignKeyViolations: countViolations(connection),
    rowCounts: countRows(connection, task.hostile),
  }
}

/** What was found before the check itself gave up is worth more than that it did. */
function findDamage(connection: Database.Database, sizeBytes: number): readonly string[] {
  const messages: string[] = []
  let gaveUp: readonly string[] = []
  try {
    const check = connection.prepare<[], string>(`PRAGMA integrity_check(${damageLimit})`).pluck()
    for (const message of check.iterate()) messages.push(message)
    const pages = number(connection, 'page_count')
    if (pages === 0) messages.push('it is empty')
    // SQLite takes a last page that is cut off for one that ends in zeros.
    if (pages * number(connection, 'page_size') > sizeBytes) messages.push('its end is missing')
  } catch (error) {
    gaveUp = [damageFrom(error)]
  }
  const found = messages.filter((message) => message !== 'ok')
  const error = errorInFindings(found)
  if (error !== null) throw error
  return [...found, ...gaveUp]
}

/** A full memory or a dying disk says nothing about the file: such an error is not a finding. */
function damageFrom(error: unknown): string {
  if (!(error instanceof Database.SqliteError)) throw error
  if (/^SQLITE_(NOMEM|IOERR|FULL|CANTOPEN|BUSY|LOCKED)/.test(error.code)) throw error
  return error.message
}

const number = (connection: Database.Database, pragma: string) =>
  connection.pragma(pragma, { simple: true }) as number

/** A foreign key whose parent table is missing can't be checked at all. */
function countViolations(connection: Database.Database): number | null {
  try {
    let count = 0
    for (const _ of connection.prepare('PRAGMA foreign_key_check').iterate()) count++
    return count
  } catch {
    return null
  }
}

function countRows(connection: Database.Database, hostile: boolean): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const table of readTables(connection, hostile)) {
    const quoted = `"${table.replaceAll('"', '""')}"`
    try {
      counts[table] = connection.prepare(`SELECT count(*) FROM ${quoted}`).pluck().get() as number
    } catch {
      // A virtual table whose module is not built in here; its data was checked as pages all the same.
    }
  }
  return counts
}

/** What a virtual table does when it is asked is up to who made it. */
function readTables(connection: Database.Database, hostile: boolean): readonly string[] {
  const { tables, leftOut } = readSchema(connection)
  const virtual = leftOut.filter(({ reason }) => reason === 'virtual').map(({ name }) => name)
  return hostile ? tables : [...tables, ...virtual].sort().slice(0, tableLimit)
}
