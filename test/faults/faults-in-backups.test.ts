import { describe, expect, it } from 'vitest'
import { countOperations, openBench } from './bench.ts'
import { describeFaults } from './every-operation.ts'
import { part } from './extent.ts'
import { backups } from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'
import { tryFault } from './trial.ts'

describeFaults('at every operation of a backup', { scenarios: backups, depth: 'all', sample: 30 })

describe.skipIf(missingForShim() !== null)('a disk error', () => {
  it.each([
    ['of a sync never publishes a copy that is half finished', 'sync', 100],
    ['of reading is never called a damaged database', 'read', 12],
  ] as const)(
    '%s',
    async (_, kind, sample) => {
      const bench = await openBench()
      const count = await countOperations(bench, backups[0]!, [kind])
      const targets = Array.from({ length: count }, (_unused, index) => index + 1)
      const wrong: string[] = []
      for (const target of part(targets, sample, kind)) {
        const fault = { action: 'failOnce', target, kinds: [kind], errno: 'EIO' } as const
        wrong.push(...(await tryFault(bench, backups[0]!, fault)).violations)
      }
      await bench.close()
      expect(targets.length).toBeGreaterThan(10)
      expect(wrong).toEqual([])
    },
    600_000,
  )
})
