import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { back, createRequest, openLive, quietly, sharedEngine, tenant } from '../support/tenant.ts'
import {
  committedBy,
  momentIn,
  openAccounts,
  sumOfAccounts,
  writeWithoutPause,
} from '../support/write-load.ts'

const engine = sharedEngine({ sourceTimeoutMs: 10_000 })

/** 100 accounts of 1000 each, and a writer in a process of its own that never pauses. */
async function busyTenant(pragmas: readonly string[]) {
  const vault = await tenant()
  const path = vault.databases[0]!.path
  const live = openLive(path, pragmas)
  openAccounts(live)
  // More than a piece, so that a copy in pieces has to notice what is written between two of them.
  if (pragmas[0] !== 'journal_mode = WAL') live.exec('CREATE TABLE bulk AS SELECT zeroblob(9 * 1024 * 1024)')
  return { vault, writer: writeWithoutPause(path, pragmas) }
}

describe('while another process writes without pause', () => {
  it.each([
    ['in WAL mode', 50, ['journal_mode = WAL', 'synchronous = OFF'], /^sqlite-pinned-files$/],
    [
      'in WAL mode with a log that is reset all the time',
      10,
      ['journal_mode = WAL', 'wal_autocheckpoint = 1', 'synchronous = OFF'],
      // There may be no moment to read the end of that log.
      /^sqlite-(pinned-files|backup-in-one-read-transaction)$/,
    ],
    [
      'with a journal that is deleted',
      4,
      ['journal_mode = DELETE', 'synchronous = OFF'],
      /^sqlite-pieces-between-commits$/,
    ],
    [
      'with a journal that is cut',
      4,
      ['journal_mode = TRUNCATE', 'synchronous = OFF'],
      /^sqlite-pieces-between-commits$/,
    ],
    [
      'with a journal that stays',
      4,
      ['journal_mode = PERSIST', 'synchronous = OFF'],
      /^sqlite-pieces-between-commits$/,
    ],
  ])(
    'every backup is one committed moment between its start and its end, %s',
    async (_, count, pragmas, methods) => {
      const { vault, writer } = await busyTenant(pragmas)
      await committedBy(writer)
      let last = 0
      for (let made = 0; made < count; made++) {
        const before = await committedBy(writer)
        const { backups } = await back(engine, vault)
        const after = await committedBy(writer)
        const found = momentIn(join(vault.folder, backups[0]!.name))
        expect(found).toMatchObject({ whole: 'ok', sum: sumOfAccounts })
        expect(found.counter).toBeGreaterThanOrEqual(before)
        // What is committed and not told yet when we ask is at most one transaction.
        expect(found.counter).toBeLessThanOrEqual(after + 1)
        last = found.counter
        const sidecar = JSON.parse(readFileSync(join(vault.folder, `${backups[0]!.name}.json`), 'utf8'))
        expect(sidecar.snapshot.method).toMatch(methods)
      }
      expect(await committedBy(writer)).toBeGreaterThan(last)
    },
    120_000,
  )

  it('a backup ends, and the writer goes on meanwhile', async () => {
    const { vault, writer } = await busyTenant(['journal_mode = WAL', 'synchronous = OFF'])
    await committedBy(writer)
    let atSnapshot = 0
    const during: number[] = []
    await engine.create(
      createRequest(vault),
      quietly({
        onProgress({ stage }) {
          if (stage === 'snapshot' && atSnapshot++ === 0)
            void committedBy(writer).then((value) => during.push(value))
          if (stage === 'publish') void committedBy(writer).then((value) => during.push(value))
        },
      }),
    )
    const after = await committedBy(writer)
    expect(during[0]).toBeLessThan(after)
  })
})
