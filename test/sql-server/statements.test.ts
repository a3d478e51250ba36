import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { FakeSqlServer } from '../support/tds/sql-server.ts'
import { never, openServer, pourOf, restoreOf, sourceOf } from './bench.ts'

const golden = fileURLToPath(new URL('statements.sql', import.meta.url))

/** The statements as they are sent, with what differs from run to run made alike. */
function said(server: FakeSqlServer, since: number): string {
  return server.statements
    .slice(since)
    .map(({ text, parameters }) => {
      const given = Object.entries(parameters).map(([name, value]) => `-- @${name} = ${value}\n`)
      return `${given.join('')}${text};`
    })
    .join('\n\n')
    .replaceAll(/[0-9a-f]{32}/g, '<32 digits>')
    .replaceAll(/_[0-9a-f]{8}\./g, '_<8 digits>.')
}

describe('the statements that a SQL Server is sent', () => {
  it('are exactly those that are written down', async () => {
    const server = await openServer()
    const parts: string[] = []
    const part = async (title: string, work: () => Promise<unknown>) => {
      const since = server.statements.length
      await work()
      parts.push(`-- ${title} ${'-'.repeat(110 - title.length)}\n\n${said(server, since)}\n`)
    }
    await part('measure', () => sourceOf(server).measure({ signal: never() }))
    const { taken } = await pourOf(server)
    await part('pour', () => pourOf(server))
    await part('restore over the database', () => restoreOf(server, taken))
    await part('restore under another name', () => restoreOf(server, taken, { to: "it's [new]" }))
    server.behaviour.deviceError = 5
    await part('a folder that the server may not use', () =>
      sourceOf(server)
        .measure({ signal: never() })
        .catch(() => {}),
    )
    const now = parts.join('\n')
    if (process.env.WRITE_GOLDEN === '1') writeFileSync(golden, head + now)
    expect(head + now).toBe(readFileSync(golden, 'utf8'))
  })

  it('hold no path, and names of databases only where T-SQL takes no variable', async () => {
    const server = await openServer()
    server.databases.add('unmistakable', { content: 'x' })
    const { taken } = await pourOf(server, { database: 'unmistakable' })
    await restoreOf(server, taken, { database: 'unmistakable' })
    const texts = server.statements.map(({ text }) => text)
    expect(texts.filter((text) => text.includes('Backups'))).toEqual([])
    for (const text of texts.filter((one) => one.includes('unmistakable')))
      expect(text).toMatch(/^(EXEC|ALTER DATABASE) \[unmistakable\]|, MOVE N'unmistakable' TO N'/)
  })
})

const head = `-- What automate-plugin-backup sends to a SQL Server, as the test server recorded it (WRITE_GOLDEN=1 writes it anew).
-- Compared with Microsoft's documentation, "Transact-SQL reference":
--   BACKUP DATABASE { name | @variable } TO DISK = { 'path' | @variable } WITH option, ...
--     COPY_ONLY   leaves the server's own chain of full and differential backups alone
--     FORMAT      writes a new media set, so that the file holds this one backup
--     CHECKSUM    verifies every page that has a checksum, and gives the whole backup one; an error ends the backup
--     STATS = 1   a message 3211 for each percent
--     COMPRESSION where the edition has it; error 1844 says that it hasn't
--   RESTORE VERIFYONLY FROM DISK = @variable WITH CHECKSUM, STATS = 1   reads everything, as a restore would
--   RESTORE HEADERONLY | FILELISTONLY | LABELONLY FROM DISK = @variable   need the right CREATE DATABASE
--   RESTORE DATABASE { name | @variable } FROM DISK = @variable WITH REPLACE, MOVE 'logical' TO 'physical', ...
--     MOVE is documented with literals only: N'' with every ' doubled
--   ALTER DATABASE name SET { SINGLE_USER | MULTI_USER } WITH ROLLBACK IMMEDIATE
--     takes no variable: the name in brackets with every ] doubled
-- Everything goes through sp_executesql; the lines "-- @name = value" are its parameters, nvarchar.

`
