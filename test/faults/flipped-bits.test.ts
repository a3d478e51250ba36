import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupEngine, Vault } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'
import { createRequest, keepAll, quietly, verifyRequest } from '../support/tenant.ts'
import { full, randomFor } from './extent.ts'
import { partReport } from './part-report.ts'
import { makeFolder, makeTemplate, removeFolder, type Template } from './template.ts'

const times = full ? 1_000 : 25
const counts = partReport(import.meta.url, null)
const folder = makeFolder()
let engine: BackupEngine
let template: Template
beforeAll(async () => {
  engine = createEngine()
  template = await makeTemplate(engine, folder)
})
afterAll(async () => {
  counts.close()
  await engine.close()
  removeFolder(folder)
})

function flip(path: string, random: () => number): void {
  const bytes = readFileSync(path)
  const at = Math.floor(random() * bytes.length)
  bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8))
  writeFileSync(path, bytes)
}

/** What SQLite's own full check of a file says, on this side of the engine. */
function isWhole(path: string): boolean {
  let database: Database.Database | undefined
  try {
    database = new Database(path, { readonly: true })
    const answers = database.pragma('integrity_check') as { integrity_check: string }[]
    return answers.length === 1 && answers[0]!.integrity_check === 'ok'
  } catch {
    return false
  } finally {
    database?.close()
  }
}

/** In rollback-journal mode and without a log, so that every byte of the file counts. */
function settle(vault: Vault): string {
  const { path } = vault.databases[0]!
  const live = new Database(path)
  live.pragma('journal_mode = DELETE')
  live.close()
  return path
}

const goodNames = async (vault: Vault) =>
  (await engine.inspect(vault)).backups
    .filter(({ backup }) => backup.proven?.outcome === 'passed')
    .map(({ backup }) => backup.name)

describe('a flipped bit', () => {
  it('in a live database is reported in that run when a full check can see it, and costs no good backup', async () => {
    const random = randomFor('sources')
    let refused = 0
    for (let time = 0; time < times; time++) {
      const { vault, drop } = template.copy()
      const path = settle(vault)
      flip(path, random)
      const whole = isWhole(path)
      const before = await goodNames(vault)
      const request = createRequest(vault, { retention: { ...keepAll, maxCount: 1 } })
      const completed = await engine.create(request, quietly()).then(
        () => true,
        ({ code }) => {
          expect(code).toMatch(/^source-/)
          return false
        },
      )
      const after = await goodNames(vault)
      if (!whole) expect({ time, completed }).toEqual({ time, completed: false })
      if (completed) expect(after).toContain((await engine.inspect(vault)).backups[0]?.backup.name)
      else expect(after).toEqual(before)
      counts.add({ flippedSources: 1, [completed ? 'invisible' : 'refused']: 1 })
      refused += completed ? 0 : 1
      drop()
    }
    expect(refused).toBeGreaterThan(0)
  }, 1_800_000)

  it('in a backup is reported by proving again, and the damaged one pushes no good one out', async () => {
    const random = randomFor('backups')
    for (let time = 0; time < times; time++) {
      const { vault, drop } = template.copy()
      const { scheduled } = template.names
      const damaged = scheduled[Math.floor(random() * scheduled.length)]!
      flip(join(vault.folder, damaged), random)
      await expect(engine.verify(verifyRequest(vault, damaged), quietly())).rejects.toMatchObject({
        code: 'proof-failed',
      })
      const good = await goodNames(vault)
      expect(good).not.toContain(damaged)
      const request = createRequest(vault, { retention: { ...keepAll, maxCount: 3 } })
      const { backups, removed } = await engine.create(request, quietly())
      const removedNames = removed.map(({ name }) => name)
      expect(removedNames.filter((name) => name !== damaged)).toEqual([])
      expect((await goodNames(vault)).toSorted()).toEqual([...good, backups[0]!.name].toSorted())
      counts.add({ flippedBackups: 1 })
      drop()
    }
  }, 1_800_000)
})
