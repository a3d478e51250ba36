import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBench } from './bench.ts'
import { full, report } from './extent.ts'
import { cutPower } from './power-cut.ts'
import {
  backups,
  changes,
  create,
  noteSchedule,
  otherBackups,
  protect,
  remove,
  type Scenario,
} from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const numbers = { states: 0, violations: 0, found: [] as string[] }
const aDay = [protect, remove, noteSchedule, create] as unknown as readonly Scenario[]

describe.skipIf(missing !== null)(`when the power is cut ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    report('power-cut', numbers)
    await bench.close()
  })

  const rows = [
    ...[...backups, ...otherBackups, ...changes].map((scenario) => [scenario.title, [scenario]] as const),
    ['a day', aDay] as const,
  ]
  it.each(rows)(
    'keeps all promises in the middle of %s',
    async (_, row) => {
      const { states, violations } = await cutPower(
        bench,
        row,
        full ? { timesEach: 24 } : { timesEach: 1, only: (index) => index % 9 === 0 },
      )
      numbers.states += states
      numbers.violations += violations.length
      numbers.found.push(...violations)
      expect(violations).toEqual([])
      expect(states).toBeGreaterThan(0)
    },
    full ? 3_600_000 : 60_000,
  )
})
