import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countOperations, openBench, wake } from './bench.ts'
import { part } from './extent.ts'
import type { Fault } from './judge.ts'
import { partReport } from './part-report.ts'
import { backups, rollbackBackups } from './scenarios.ts'
import { type Kind, missingForShim } from './shim/shim.ts'
import { tryFault } from './trial.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)
const backup = backups[0]!
const inRollbackMode = rollbackBackups[0]!

/** Numbered by themselves, so that a short run meets all of them. */
describe.skipIf(missing !== null)(`a disk error ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  async function tryAll(fault: Omit<Fault, 'target' | 'kinds'>, kind: Kind, sample: number) {
    const count = await countOperations(bench, backup, [kind])
    expect(count).toBeGreaterThan(10)
    const targets = Array.from({ length: count }, (_unused, index) => index + 1)
    const outcomes: Awaited<ReturnType<typeof tryFault>>[] = []
    for (const target of part(targets, sample, kind)) {
      outcomes.push(await tryFault(bench, backup, { ...fault, target, kinds: [kind] }))
      counts.add({ trials: 1, errnos: 1 })
    }
    const wrong = outcomes.flatMap(({ violations }) => violations)
    counts.complain(wrong)
    expect(wrong).toEqual([])
    return outcomes
  }

  it('of a sync never publishes a copy that is half finished', async () => {
    await tryAll({ action: 'failOnce', errno: 'EIO' }, 'sync', 8)
  }, 600_000)

  it('of reading is never called a damaged database', async () => {
    await tryAll({ action: 'failOnce', errno: 'EIO' }, 'read', 8)
  }, 600_000)

  it('of reading a database with a rollback journal is never called a damaged database', async () => {
    const codes = new Set<string>()
    const count = await countOperations(bench, inRollbackMode, ['read'])
    for (let target = 1; target <= count; target++) {
      const { vault, drop } = bench.template.copy()
      inRollbackMode.prepare?.(vault, bench.template.names)
      await wake(bench.doer, vault)
      bench.shim.order({ below: vault.root, kinds: ['read'], action: 'failFrom', target, errno: 'EIO' })
      const { operation, arguments: input } = inRollbackMode
      await bench.doer
        .run(operation, input(vault, bench.template.names))
        .catch(({ code }) => void codes.add(code))
      bench.shim.rest()
      drop()
      counts.add({ errnos: 1 })
    }
    expect([...codes]).toContain('io-failed')
    expect([...codes]).not.toContain('source-damaged')
  }, 600_000)

  it('of a sync on a full disk is called a full disk, also where SQLite hides the reason', async () => {
    const outcomes = await tryAll({ action: 'failFrom', errno: 'ENOSPC' }, 'sync', 8)
    const codes = new Set(outcomes.flatMap(({ error }) => error?.code ?? []))
    expect([...codes]).toEqual(['disk-full'])
  }, 600_000)
})
