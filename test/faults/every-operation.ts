import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, countOperations, openBench } from './bench.ts'
import type { Doer } from './doer.ts'
import { full, part, report } from './extent.ts'
import type { Fault } from './judge.ts'
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
export function describeFaults(title: string, extent: Extent): void {
  const missing = missingForShim()
  const numbers = { trials: 0, notReached: 0, violations: 0, kills: 0, errors: 0, shortWrites: 0 }
  const found: string[] = []
  describe.skipIf(missing !== null)(`${title} ${missing ?? ''}`, () => {
    let bench: Awaited<ReturnType<typeof openBench>>
    beforeAll(async () => {
      bench = await openBench(extent.startDoer)
    })
    afterAll(async () => {
      report(title.replaceAll(' ', '-'), { ...numbers, found })
      await bench.close()
    })

    it.each(extent.scenarios)(
      'keeps all promises in the middle of $title',
      async (scenario) => {
        const faults = await faultsOf(bench, scenario, extent.depth)
        const wrong = await tryAll(bench, scenario, part(faults, extent.sample, scenario.title), numbers)
        found.push(...wrong.map((text) => `${scenario.title}: ${text}`))
        expect(wrong).toEqual([])
      },
      full ? 3_600_000 : 60_000,
    )
  })
}

type Numbers = Record<'trials' | 'notReached' | 'violations' | 'kills' | 'errors' | 'shortWrites', number>

async function faultsOf(bench: Bench, scenario: Scenario, depth: Depth): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const changes = await countOperations(bench, scenario)
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
  numbers: Numbers,
): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const fault of faults) {
    const { reached, violations } = await tryFault(bench, scenario, fault)
    numbers.trials++
    numbers[fault.errno ? 'errors' : fault.action === 'shortWrite' ? 'shortWrites' : 'kills']++
    if (!reached) numbers.notReached++
    numbers.violations += violations.length
    const { action, target, errno = '', kinds } = fault
    const where = `${action} ${errno} at ${kinds === looking ? 'look' : 'change'} ${target}`
    wrong.push(...violations.map((violation) => `${where}: ${violation}`))
  }
  return wrong
}
