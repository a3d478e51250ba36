import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countOperations, openBench } from './bench.ts'
import { full, part, report } from './extent.ts'
import { create, type Scenario, scenarios } from './scenarios.ts'
import { changing, type Errno, errnos, looking, missingForShim } from './shim/shim.ts'
import { type Bench, type Fault, tryFault } from './trial.ts'

const missing = missingForShim()
const numbers = { trials: 0, notReached: 0, violations: 0, byAction: {} as Record<string, number> }

/** Kills, short writes and errors at every operation of a scenario. */
async function faultsOf(bench: Bench, scenario: Scenario): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const changes = await countOperations(bench, scenario)
  for (let target = 1; target <= changes; target++) {
    for (const action of ['kill', 'tornKill', 'shortWrite'] as const) {
      faults.push({ action, target, kinds: changing })
    }
    faults.push(...errorsAt(target, Object.keys(errnos) as Errno[], { kinds: changing }))
  }
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
): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const fault of faults) {
    const { reached, violations } = await tryFault(bench, scenario, fault)
    numbers.trials++
    numbers.byAction[fault.errno ?? fault.action] = (numbers.byAction[fault.errno ?? fault.action] ?? 0) + 1
    if (!reached) numbers.notReached++
    numbers.violations += violations.length
    const { action, target, errno = '', kinds } = fault
    const where = `${action} ${errno} at ${kinds === looking ? 'look' : 'change'} ${target}`
    wrong.push(...violations.map((violation) => `${where}: ${violation}`))
  }
  return wrong
}

describe.skipIf(missing !== null)(`at every file operation ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    report('every-operation', numbers)
    await bench.close()
  })

  it('never publishes a copy that a failed sync has left half-finished', async () => {
    const syncs = await countOperations(bench, create as unknown as Scenario, ['sync'])
    const faults = Array.from({ length: syncs }, (_, index) => index + 1).map(
      (target): Fault => ({ action: 'failOnce', target, kinds: ['sync'], errno: 'EIO' }),
    )
    expect(await tryAll(bench, create as unknown as Scenario, faults)).toEqual([])
  })

  it.each(scenarios)(
    'keeps all promises when $title is killed or fails',
    async (scenario) => {
      const faults = part(await faultsOf(bench, scenario), scenario === create ? 60 : 16, scenario.title)
      expect(await tryAll(bench, scenario, faults)).toEqual([])
    },
    full ? 3_600_000 : 60_000,
  )
})
