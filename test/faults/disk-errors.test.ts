import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countOperations, openBench } from './bench.ts'
import { part } from './extent.ts'
import type { Fault } from './judge.ts'
import { partReport } from './part-report.ts'
import { backups } from './scenarios.ts'
import { type Kind, missingForShim } from './shim/shim.ts'
import { tryFault } from './trial.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)
const backup = backups[0]!

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
    await tryAll({ action: 'failOnce', errno: 'EIO' }, 'sync', 16)
  }, 600_000)

  it('of reading is never called a damaged database', async () => {
    await tryAll({ action: 'failOnce', errno: 'EIO' }, 'read', 12)
  }, 600_000)

  it('of a sync on a full disk is called a full disk, also where SQLite hides the reason', async () => {
    const outcomes = await tryAll({ action: 'failFrom', errno: 'ENOSPC' }, 'sync', 16)
    const codes = new Set(outcomes.flatMap(({ error }) => error?.code ?? []))
    expect([...codes]).toEqual(['disk-full'])
  }, 600_000)
})
