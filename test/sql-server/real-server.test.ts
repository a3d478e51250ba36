import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sql from 'mssql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cancelled } from '../../src/engine/failure.ts'
import { createSqlServerSource } from '../../src/engine/sources/sql-server/sql-server-source.ts'
import { tempFolder } from '../support/tenant.ts'
import { entriesOf, keepingSink, never, type Taken } from './bench.ts'

/**
 * Against a real server, for example one in a container that shares a folder with this machine:
 *
 *     MSSQL_URL='Server=localhost,1433;User Id=sa;Password={...};TrustServerCertificate=true' \
 *     MSSQL_SERVER_FOLDER=/exchange MSSQL_LOCAL_FOLDER=/srv/exchange npx vitest run test/sql-server/real-server.test.ts
 *
 * It makes databases of its own, with names that begin with `automate_backup_test_`, and drops them afterwards.
 */
const {
  MSSQL_URL: connection,
  MSSQL_SERVER_FOLDER: serverFolder,
  MSSQL_LOCAL_FOLDER: localFolder,
} = process.env
const missing =
  connection && serverFolder && localFolder
    ? null
    : 'NOT RUN: no real SQL Server (MSSQL_URL, MSSQL_SERVER_FOLDER and MSSQL_LOCAL_FOLDER name one)'

describe('a real SQL Server', () => {
  const name = `automate_backup_test_${randomBytes(4).toString('hex')}`
  const copy = `${name} it's a [copy]`
  let pool: sql.ConnectionPool

  const bracketed = (database: string) => `[${database.replaceAll(']', ']]')}]`
  const rows = async (database: string) =>
    (await pool.request().query(`SELECT id, text FROM ${bracketed(database)}.dbo.notes ORDER BY id`))
      .recordset
  const source = (database = name) =>
    createSqlServerSource(
      {
        kind: 'mssql',
        connection: connection!,
        database,
        serverFolder: serverFolder!,
        localFolder: localFolder!,
      },
      'sql',
    )

  beforeAll(async () => {
    if (missing !== null) return
    pool = await new sql.ConnectionPool(connection!).connect()
    await pool.request().batch(`CREATE DATABASE ${bracketed(name)}`)
    await pool
      .request()
      .batch(`CREATE TABLE ${bracketed(name)}.dbo.notes (id int PRIMARY KEY, text nvarchar(4000))`)
    await pool.request().batch(`INSERT INTO ${bracketed(name)}.dbo.notes
      SELECT TOP 5000 ROW_NUMBER() OVER (ORDER BY (SELECT 1)), REPLICATE(N'ü', 2000) FROM sys.all_columns AS a, sys.all_columns AS b`)
  })
  afterAll(async () => {
    if (missing !== null) return
    for (const database of [name, copy]) {
      await pool
        .request()
        .batch(
          `IF DB_ID(N'${database.replaceAll("'", "''")}') IS NOT NULL DROP DATABASE ${bracketed(database)}`,
        )
    }
    await pool.close()
  })

  async function take(): Promise<{ readonly taken: readonly Taken[]; readonly items: readonly string[] }> {
    const sink = keepingSink()
    const items: string[] = []
    const onProgress = ({ item }: { readonly item: string }) => void items.push(item)
    await source().pour(sink, { signal: never(), scratch: '/nowhere', onProgress })
    return { taken: sink.taken, items }
  }

  const put = async (taken: readonly Taken[], to: string | null = null) =>
    source().restore(entriesOf(taken), {
      signal: never(),
      stored: { origin: name, leftOut: [], details: {} },
      to,
      mirror: false,
      journal: join(await tempFolder(), 'journal'),
      scratch: '/nowhere',
      onProgress: () => {},
    })

  it('is measured, backed up and proven, and nothing is left in its folder', async ({ skip }) => {
    if (missing !== null) return skip(missing)
    const before = readdirSync(localFolder!)
    const { bytes } = await source().measure({ signal: never() })
    expect(bytes).toBeGreaterThan(20_000_000)
    const { taken, items } = await take()
    expect(taken[0]!.bytes.subarray(0, 4).toString()).toBe('TAPE')
    expect(items.filter((item) => item.includes('BACKUP')).length).toBeGreaterThan(10)
    expect(readdirSync(localFolder!)).toEqual(before)
  })

  it('gets back what it had, over the old database and beside it', async ({ skip }) => {
    if (missing !== null) return skip(missing)
    const before = await rows(name)
    const { taken } = await take()
    await pool.request().batch(`DELETE FROM ${bracketed(name)}.dbo.notes`)
    await put(taken, copy)
    expect(await rows(copy)).toEqual(before)
    expect(await rows(name)).toEqual([])
    await put(taken)
    expect(await rows(name)).toEqual(before)
  })

  it('stops a backup within a second', async ({ skip }) => {
    if (missing !== null) return skip(missing)
    const before = readdirSync(localFolder!)
    const abort = new AbortController()
    const reason = cancelled()
    const onProgress = ({ item }: { readonly item: string }) => {
      if (item.includes('BACKUP')) abort.abort(reason)
    }
    const poured = source().pour(keepingSink(), { signal: abort.signal, scratch: '/nowhere', onProgress })
    await expect(poured).rejects.toBe(reason)
    expect(readdirSync(localFolder!)).toEqual(before)
  })
})
