import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBench } from './bench.ts'
import { full, randomFor } from './extent.ts'
import { partReport } from './part-report.ts'
import { cutPower } from './power-cut.ts'
import {
  backups,
  changes,
  create,
  noteSchedule,
  otherBackups,
  protect,
  remove,
  rollbackBackups,
  type Scenario,
} from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)
const aDay = [protect, remove, noteSchedule, create] as unknown as readonly Scenario[]

describe.skipIf(missing !== null)(`when the power is cut ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  const rows = [
    ...[...backups, ...otherBackups, ...rollbackBackups, ...changes].map(
      (scenario) => [scenario.title, [scenario]] as const,
    ),
    ['a day', aDay] as const,
  ]
  it.each(rows)(
    'keeps all promises in the middle of %s',
    async (title, row) => {
      const offset = Math.floor(randomFor(title)() * 13)
      const { states, violations } = await cutPower(
        bench,
        row,
        full
          ? { timesEach: 60, onState: () => counts.add({ replays: 1 }) }
          : { timesEach: 2, only: (index) => index % 13 === offset },
      )
      counts.complain(violations)
      expect(violations).toEqual([])
      if (full) expect(states).toBeGreaterThan(0)
    },
    full ? 3_600_000 : 60_000,
  )
})
