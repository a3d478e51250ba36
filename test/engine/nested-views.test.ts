import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { change } from '../support/restores.ts'
import { back, quietly, sharedEngine, tenant, verifyRequest } from '../support/tenant.ts'

const engine = sharedEngine()

/** Each asks the one before ten times: whoever wants to know the columns of the last one waits for ever. */
function nestViews(database: Database.Database): void {
  database.exec('CREATE TABLE good (a); INSERT INTO good VALUES (1); CREATE VIEW v0 AS SELECT 1 AS a')
  for (let n = 1; n < 30; n++)
    database.exec(
      `CREATE VIEW v${n} AS SELECT a FROM v${n - 1} ${`UNION ALL SELECT a FROM v${n - 1} `.repeat(9)}`,
    )
}

async function nested(): Promise<Vault> {
  const vault = await tenant()
  change(vault.databases[0]!.path, nestViews)
  return vault
}

describe('a database with thirty views of views', () => {
  it('is backed up and proven, and its tables are counted', async () => {
    const vault = await nested()
    const { backups } = await back(engine, vault)
    expect(backups[0]).toMatchObject({ proven: { outcome: 'passed' } })
    const sidecar = JSON.parse(readFileSync(join(vault.folder, `${backups[0]!.name}.json`), 'utf8'))
    expect(sidecar.rowCounts).toEqual({ good: 1 })
  })

  it('is previewed, both as it is now and in the backup', async () => {
    const vault = await nested()
    const { backups } = await back(engine, vault)
    const { tables } = await engine.previewRestore(
      {
        vault,
        from: { listed: backups[0]!.name },
        database: vault.databases[0]!,
        appVersion: '1.0.0',
        now: '2026-11-20T12:00:00.000Z',
      },
      quietly(),
    )
    const good = { rows: 1, newest: null }
    expect(tables).toEqual([{ table: 'good', now: good, inBackup: good }])
  })

  it('is checked when it came from elsewhere', async () => {
    const vault = await tenant()
    change(vault.databases[0]!.path, (database) => database.exec('CREATE TABLE own (a)'))
    await back(engine, vault)
    change(join(vault.folder, 'foreign.sqlite'), nestViews)
    const backup = await engine.verify(verifyRequest(vault, 'foreign.sqlite'), quietly())
    expect(backup).toMatchObject({ trigger: 'imported', checked: { outcome: 'passed' } })
  })
})
