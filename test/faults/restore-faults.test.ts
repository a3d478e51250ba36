import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench } from './bench.ts'
import { full, part } from './extent.ts'
import type { Fault } from './judge.ts'
import { partReport } from './part-report.ts'
import { type RestoreScenario, requestFor, scenarios, tryRestore, warm } from './restore-trial.ts'
import { changing, type Errno, looking, missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)

/** How many operations of these kinds a restore takes when nothing is in its way. */
async function count(bench: Bench, scenario: RestoreScenario, kinds: Fault['kinds']): Promise<number> {
  const { vault, drop } = bench.template.copy()
  try {
    scenario.prepare?.(vault)
    await warm(bench, vault)
    bench.shim.order({ below: vault.root, kinds })
    await bench.doer.run('restore', requestFor(vault, bench.template.names))
    return bench.shim.count
  } finally {
    bench.shim.rest()
    drop()
  }
}

async function faultsOf(bench: Bench, scenario: RestoreScenario): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const changes = await count(bench, scenario, changing)
  for (let target = 1; target <= changes; target++) {
    faults.push({ action: 'kill', target, kinds: changing }, { action: 'tornKill', target, kinds: changing })
    faults.push({ action: 'shortWrite', target, kinds: changing })
    for (const errno of ['ENOSPC', 'EIO'] satisfies Errno[])
      faults.push({ action: 'failOnce', target, errno, kinds: changing })
    for (const errno of ['ENOSPC', 'EROFS'] satisfies Errno[])
      faults.push({ action: 'failFrom', target, errno, kinds: changing })
  }
  const looks = await count(bench, scenario, looking)
  for (let target = 1; target <= looks; target++)
    for (const errno of ['EIO', 'EMFILE'] satisfies Errno[])
      faults.push({ action: 'failOnce', target, errno, kinds: looking })
  return faults
}

describe.skipIf(missing !== null)(`at every operation of a restore ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  it.each(scenarios)(
    'keeps all promises in the middle of $title',
    async (scenario) => {
      const wrong: string[] = []
      const faults = part(await faultsOf(bench, scenario), 25, scenario.title)
      for (const fault of faults) {
        const { reached, wrong: violations } = await tryRestore(bench, scenario, fault)
        counts.add({ trials: 1, notReached: reached ? 0 : 1 })
        const { action, target, errno = '', kinds } = fault
        const where = `${action} ${errno} at ${kinds === looking ? 'look' : 'change'} ${target}`
        wrong.push(...violations.map((text) => `${where}: ${text}`))
      }
      counts.complain(wrong.map((text) => `${scenario.title}: ${text}`))
      expect(wrong).toEqual([])
      expect(faults.length).toBeGreaterThan(20)
    },
    full ? 3_600_000 : 120_000,
  )
})
