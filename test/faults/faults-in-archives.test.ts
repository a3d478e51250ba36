import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ArchiveBench,
  type ArchiveScenario,
  doIt,
  openArchiveBench,
  scenarios,
  tryArchiveFault,
  wake,
} from './archive-trial.ts'
import { full, part } from './extent.ts'
import type { Fault } from './judge.ts'
import { partReport } from './part-report.ts'
import { changing, type Errno, looking, missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)

/** How many operations of these kinds it takes when nothing is in its way. */
async function count(bench: ArchiveBench, scenario: ArchiveScenario, kinds: Fault['kinds']): Promise<number> {
  const { drop, ...trial } = bench.copy()
  try {
    await wake(bench)
    bench.shim.order({ below: trial.root, kinds })
    await doIt(bench, scenario, trial)
    return bench.shim.count
  } finally {
    bench.shim.rest()
    drop()
  }
}

async function faultsOf(bench: ArchiveBench, scenario: ArchiveScenario): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const changes = await count(bench, scenario, changing)
  for (let target = 1; target <= changes; target++) {
    faults.push({ action: 'kill', target, kinds: changing }, { action: 'tornKill', target, kinds: changing })
    faults.push({ action: 'shortWrite', target, kinds: changing })
    for (const errno of ['ENOSPC', 'EIO'] satisfies Errno[]) {
      faults.push({ action: 'failOnce', target, errno, kinds: changing })
      faults.push({ action: 'failFrom', target, errno, kinds: changing })
    }
  }
  const looks = await count(bench, scenario, looking)
  for (let target = 1; target <= looks; target++) {
    for (const errno of ['EIO', 'EMFILE'] satisfies Errno[])
      faults.push({ action: 'failOnce', target, errno, kinds: looking })
  }
  return faults
}

describe.skipIf(missing !== null)(`at every operation on archives ${missing ?? ''}`, () => {
  let bench: ArchiveBench
  beforeAll(async () => {
    bench = await openArchiveBench()
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  it.each(scenarios)(
    'keeps all promises in the middle of $title',
    async (scenario) => {
      const all = await faultsOf(bench, scenario)
      const faults = part(all, 7, scenario.title)
      const wrong: string[] = []
      for (const fault of faults) {
        const { reached, wrong: violations } = await tryArchiveFault(bench, scenario, fault)
        counts.add({ trials: 1, notReached: reached ? 0 : 1 })
        const { action, target, errno = '', kinds } = fault
        const where = `${action} ${errno} at ${kinds === looking ? 'look' : 'change'} ${target}`
        wrong.push(...violations.map((text) => `${where}: ${text}`))
      }
      counts.complain(wrong.map((text) => `${scenario.title}: ${text}`))
      expect(wrong).toEqual([])
      expect(all.length).toBeGreaterThan(300)
    },
    full ? 7_200_000 : 120_000,
  )
})
