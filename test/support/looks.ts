import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { BackupEngine, Vault } from '../../src/engine/engine.ts'
import type { RescueRows, RowsLook, RowsTaking } from '../../src/engine/rescuing.ts'
import { tenant } from './tenant.ts'

const still = { signal: new AbortController().signal }

/** Puts a file into a tenant's backups, made by hand as one from elsewhere would be. */
export async function withFile(
  make: (database: Database.Database) => void,
  { live }: { live?: (database: Database.Database) => void } = {},
): Promise<{ vault: Vault; name: string; path: string }> {
  const vault = await tenant()
  mkdirSync(vault.folder)
  const name = 'elsewhere.sqlite'
  const path = join(vault.folder, name)
  fill(path, make)
  if (live) fill(vault.databases[0]!.path, live)
  return { vault, name, path }
}

export function fill(path: string, make: (database: Database.Database) => void): void {
  const database = new Database(path)
  database.unsafeMode()
  // Thousands of rows are thousands of commits, and no power fails here.
  database.pragma('synchronous = OFF')
  make(database)
  database.close()
}

export const lookFor = (
  engine: BackupEngine,
  { vault, name }: { vault: Vault; name: string },
  table: string,
  more: Partial<RowsLook> = {},
): Promise<RescueRows> =>
  engine.rescueRows(
    { vault, name, table, search: '', missingOnly: false, page: 1, from: null, ...more },
    still,
  )

export const tablesOf = (engine: BackupEngine, { vault, name }: { vault: Vault; name: string }) =>
  engine.rescueTables({ vault, name }, still)

/** Values of the first column, as they are shown. */
export const firstOf = ({ rows }: RescueRows) =>
  rows.map(({ cells: [cell] }) => (cell && 'value' in cell ? cell.value : null))

export async function take(
  engine: BackupEngine,
  { vault, name }: { vault: Vault; name: string },
  table: string,
  more: Partial<RowsTaking> = {},
) {
  const taking = {
    vault,
    name,
    table,
    search: '',
    missingOnly: false,
    format: 'json',
    keys: null,
    ...more,
  } as const
  const taken = await engine.takeRows(taking, still)
  const bytes = Buffer.from(await new Response(taken.stream).arrayBuffer())
  return { text: bytes.toString(), bytes, ...(await taken.ended) }
}

/** The rows as a program reads them. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at the JSON as an outsider does
export async function takeJson(...what: Parameters<typeof take>): Promise<any[]> {
  return JSON.parse((await take(...what)).text)
}
