import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, countOperations, nameOperations, openBench } from './bench.ts'
import type { Doer } from './doer.ts'
import { full, spread } from './extent.ts'
import type { Fault } from './judge.ts'
import type { PartReport } from './part-report.ts'
import type { Scenario } from './scenarios.ts'
import { changing, type Errno, errnos, looking, missingForShim } from './shim/shim.ts'
import { tryFault } from './trial.ts'

/** `all` tries every error once and from then on; `main` kills and two errors; `kills` nothing else. */
type Depth = 'all' | 'main' | 'kills'

export interface Extent {
  readonly scenarios: readonly Scenario[]
  readonly depth: Depth
  /** How many of all faults are tried in a short run. */
  readonly sample: number
  startDoer?(environment: Readonly<Record<string, string>>): Doer
}

/** Tests that kill every scenario, and let it fail, at each of its file operations. */
export function describeFaults(title: string, extent: Extent, counts: PartReport): void {
  const missing = missingForShim()
  describe.skipIf(missing !== null)(`${title} ${missing ?? ''}`, () => {
    let bench: Awaited<ReturnType<typeof openBench>>
    beforeAll(async () => {
      bench = await openBench(extent.startDoer)
    })
    afterAll(async () => {
      counts.close()
      await bench.close()
    })

    it.each(extent.scenarios)(
      'keeps all promises in the middle of $title',
      async (scenario) => {
        const operations = await nameOperations(bench, scenario)
        const faults = await faultsOf(bench, scenario, operations.length - 1, extent.depth)
        const chosen = spread(faults, extent.sample, scenario.title, {
          first: ({ action, errno = '', kinds }) => `${action} ${errno} ${kinds === looking}`,
          second: ({ target, kinds }) => (kinds === looking ? 'look' : operations[target]!),
          before: extent.scenarios.indexOf(scenario) * extent.sample,
        })
        const wrong = await tryAll(bench, scenario, chosen, counts)
        counts.complain(wrong.map((text) => `${scenario.title}: ${text}`))
        expect(wrong).toEqual([])
      },
      full ? 3_600_000 : 60_000,
    )
  })
}

async function faultsOf(
  bench: Bench,
  scenario: Scenario,
  changes: number,
  depth: Depth,
): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const names = depth === 'all' ? (Object.keys(errnos) as Errno[]) : (['EIO', 'ENOSPC'] as const)
  for (let target = 1; target <= changes; target++) {
    for (const action of ['kill', 'tornKill'] as const) faults.push({ action, target, kinds: changing })
    if (depth === 'kills') continue
    faults.push({ action: 'shortWrite', target, kinds: changing })
    faults.push(...errorsAt(target, names, { kinds: changing }))
  }
  if (depth !== 'all') return faults
  const looks = await countOperations(bench, scenario, looking)
  for (let target = 1; target <= looks; target++) {
    faults.push(...errorsAt(target, ['EIO', 'EACCES', 'EMFILE'], { kinds: looking }))
  }
  return faults
}

function errorsAt(target: number, names: readonly Errno[], { kinds }: Pick<Fault, 'kinds'>): Fault[] {
  return names.flatMap((errno) =>
    (['failOnce', 'failFrom'] as const).map((action) => ({ action, target, errno, kinds })),
  )
}

async function tryAll(
  bench: Bench,
  scenario: Scenario,
  faults: readonly Fault[],
  counts: PartReport,
): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const fault of faults) {
    const { reached, violations } = await tryFault(bench, scenario, fault)
    const kind = fault.errno ? 'errnos' : fault.action === 'shortWrite' ? 'shortWrites' : 'kills'
    counts.add(reached ? { trials: 1, [kind]: 1 } : { trials: 1, notReached: 1 })
    const { action, target, errno = '', kinds } = fault
    const where = `${action} ${errno} at ${kinds === looking ? 'look' : 'change'} ${target}`
    wrong.push(...violations.map((violation) => `${where}: ${violation}`))
  }
  return wrong
}
