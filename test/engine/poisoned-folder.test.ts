import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { back, sharedEngine, tenantWithRows } from '../support/tenant.ts'

const engine = sharedEngine()

describe('a sequence that is made up', () => {
  it('in a sidecar or in the counter leaves numbers for the next backups', async () => {
    const { vault } = await tenantWithRows()
    const [first] = (await back(engine, vault)).backups
    const sidecar = join(vault.folder, `${first?.name}.json`)
    const poisoned = { ...JSON.parse(readFileSync(sidecar, 'utf8')), sequence: Number.MAX_SAFE_INTEGER }
    writeFileSync(sidecar, JSON.stringify(poisoned))
    writeFileSync(join(vault.folder, '.sequence'), `${Number.MAX_SAFE_INTEGER}\n`)
    const [second] = (await back(engine, vault)).backups
    const { backups, folder } = await engine.inspect(vault)
    expect(backups.find(({ backup }) => backup.name === second?.name)).toMatchObject({
      sequence: 1,
      backup: { trigger: 'scheduled', proven: { outcome: 'passed' } },
    })
    expect(folder.ignored).toContainEqual({ name: first?.name, reason: 'broken-sidecar' })
  })
})

describe('a log that is none', () => {
  it('does not keep the list from being shown, nor the next backup from being made', async () => {
    const { vault } = await tenantWithRows()
    await back(engine, vault)
    writeFileSync(join(vault.folder, '.runs.jsonl'), 'no JSON at all\n{"kind":')
    const { backups, runs } = await engine.inspect(vault)
    expect([backups.length, runs]).toEqual([1, []])
    await back(engine, vault)
    expect((await engine.inspect(vault)).runs).toHaveLength(1)
  })
})
