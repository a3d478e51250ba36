import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, countOperations, openBench } from './bench.ts'
import { tryBusyLog } from './busy-log.ts'
import { full } from './extent.ts'
import type { Fault } from './judge.ts'
import { partReport } from './part-report.ts'
import { plant } from './planted-engine.ts'
import { type PlantedFault, plantedFaults } from './planted-faults.ts'
import { cutPower } from './power-cut.ts'
import type { Scenario } from './scenarios.ts'
import { changing, type Errno, looking, missingForShim } from './shim/shim.ts'
import { tryFault } from './trial.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)

/** The first thing that the harness complains of; null when it notices nothing. */
async function firstComplaint(bench: Bench, { scenario, shownBy }: PlantedFault): Promise<string | null> {
  if (shownBy === 'power cuts') {
    const { violations } = await cutPower(bench, [scenario], { timesEach: 6, firstOnly: true })
    return violations[0] ?? null
  }
  if (shownBy === 'a writer in mid-run') return firstWrongCopy(bench, scenario)
  if (shownBy === 'a kill and a power cut') return firstTakenBack(bench, scenario)
  for (const fault of await faultsFor(bench, { scenario, shownBy })) {
    const { violations } = await tryFault(bench, scenario, fault)
    if (violations[0] !== undefined) return `${fault.action} at ${fault.target}: ${violations[0]}`
  }
  return null
}

async function firstWrongCopy(bench: Bench, scenario: Scenario): Promise<string | null> {
  const count = await countOperations(bench, scenario, looking)
  for (let target = 1; target <= count; target++) {
    const wrong = await tryBusyLog(bench, { kinds: looking, target })
    if (wrong !== null) return `at look ${target}: ${wrong}`
  }
  return null
}

/** What was killed succeeds when it is done again. */
async function firstTakenBack(bench: Bench, scenario: Scenario): Promise<string | null> {
  const again = { ...scenario, prepare() {} }
  const count = await countOperations(bench, scenario)
  for (let at = 1; at <= count; at++) {
    const { violations } = await cutPower(bench, [again], {
      timesEach: 6,
      only: (index, all) => index === all,
      killed: { scenario, at },
    })
    if (violations[0] !== undefined) return `killed at ${at}: ${violations[0]}`
  }
  return null
}

async function faultsFor(
  bench: Bench,
  { scenario, shownBy }: Pick<PlantedFault, 'scenario' | 'shownBy'>,
): Promise<readonly Fault[]> {
  if (shownBy === 'a normal run') return [{ action: 'count', target: 0, kinds: changing }]
  const targets = Array.from({ length: await countOperations(bench, scenario) }, (_, index) => index + 1)
  if (shownBy === 'errors') {
    const errno: Errno = 'EIO'
    return targets.map((target) => ({ action: 'failOnce', target, kinds: changing, errno }))
  }
  return targets.map((target) => ({ action: 'tornKill', target, kinds: changing }))
}

/** Quick to show, for every test run. */
const quick = [
  'a copy of the main file alone that integrity_check calls whole',
  'sidecar before data in a deletion',
  'no sync of the logs',
  'order by the time in the sidecar',
  'staged files that nobody sweeps',
]

describe.skipIf(missing !== null)(`the harness notices ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  it.each(plantedFaults.filter(({ title }) => full || quick.includes(title)))(
    '$title',
    async (fault) => {
      const planted = await plant(bench, fault.edits)
      try {
        counts.add({ plantedFaults: 1 })
        const complaint = await firstComplaint(planted, fault)
        expect(complaint).not.toBeNull()
        counts.catch(fault.title, complaint ?? '')
      } finally {
        await planted.close()
      }
    },
    300_000,
  )
})
