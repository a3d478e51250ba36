import { readSchema } from '../../schema-entries.ts'
import type { TablesJob } from '../job.ts'
import { say } from './channel.ts'
import type { OpenedFile } from './open-file.ts'
import { quoted } from './shape.ts'

/** Names first, so that they are known even when counting takes too long. */
export function showTables({ connection }: OpenedFile, { rowCounts }: TablesJob): void {
  const { tables, more, leftOut } = readSchema(connection)
  say('ready', {})
  for (const table of tables) say('item', { table })
  if (more) say('item', { more })
  for (const { name, reason } of leftOut) say('item', { leftOut: name, reason })
  for (const table of tables) {
    const known = Object.hasOwn(rowCounts, table) ? rowCounts[table] : undefined
    const rows = known ?? count(connection, table)
    if (rows !== null) say('item', { counted: table, rows })
  }
  say('end', {})
}

/** Null for what can't be counted, such as a damaged table. */
function count(connection: OpenedFile['connection'], table: string): number | null {
  try {
    return connection
      .prepare(`SELECT count(*) FROM main.${quoted(table)}`)
      .pluck()
      .get() as number
  } catch {
    return null
  }
}
