import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countOperations, openBench } from './bench.ts'
import { full, part } from './extent.ts'
import { partReport } from './part-report.ts'
import { cutPower } from './power-cut.ts'
import { resumed } from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)

/** What a killed process was about to sync nobody else knows of: the next success must not rest on it. */
describe.skipIf(missing !== null)(`a power cut after a kill and a success ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  const rows = resumed.map(({ killed, next }) => [killed.title, next.title, killed, next] as const)
  it.each(rows)(
    'takes nothing back: %s is killed, then %s succeeds',
    async (_, _title, scenario, next) => {
      const count = await countOperations(bench, scenario)
      const moments = Array.from({ length: count }, (_unused, index) => index + 1)
      const wrong: string[] = []
      for (const at of part(moments, 1, `${scenario.title} ${next.title}`)) {
        const { violations } = await cutPower(bench, [next], {
          timesEach: full ? 24 : 2,
          only: (index, all) => index === all,
          killed: { scenario, at },
          onState: () => counts.add({ replays: 1 }),
        })
        counts.add({ kills: 1 })
        wrong.push(...violations.map((text) => `killed at ${at}: ${text}`))
      }
      counts.complain(wrong)
      expect(wrong).toEqual([])
    },
    full ? 1_800_000 : 60_000,
  )
})
