import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench } from './bench.ts'
import { Disk } from './disk-model.ts'
import { full, randomFor } from './extent.ts'
import { partReport } from './part-report.ts'
import { judgeRestore, type RestoreScenario, requestFor, scenarios, sidesOf, warm } from './restore-trial.ts'
import { readLog } from './shim/log.ts'
import { changing, missingForShim } from './shim/shim.ts'
import { vaultAt } from './template.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)
/** Shares of what was not synced that are kept, before they are left to chance. */
const lucks = [0, 1]
let logs = 0

/** A restore that nothing disturbs, with everything that it wrote. */
async function record(bench: Bench, scenario: RestoreScenario) {
  const { vault, drop } = bench.template.copy()
  try {
    scenario.prepare?.(vault)
    const sides = sidesOf(vault, bench.template.names)
    await warm(bench, vault)
    const disk = new Disk(vault.root)
    const log = join(bench.folder, `restore-${++logs}`)
    bench.shim.order({ below: vault.root, kinds: changing, log })
    await bench.doer.run('restore', requestFor(vault, bench.template.names))
    bench.shim.rest()
    return { sides, disk, done: readLog(log) }
  } finally {
    bench.shim.rest()
    drop()
  }
}

/** Cuts the power after every operation, so many times each, and judges what the next restore makes of it. */
async function cutPower(bench: Bench, scenario: RestoreScenario, timesEach: number, every: number) {
  const { sides, disk, done } = await record(bench, scenario)
  const dice = randomFor(scenario.title)
  const seen = new Set<string>()
  const violations: string[] = []
  for (let index = 0; index <= done.length; index++) {
    if (index > 0) disk.apply(done[index - 1]!)
    if (index % every !== 0) continue
    for (let time = 0; time < timesEach; time++) {
      const vault = vaultAt(join(bench.folder, `cut-${index}-${time}`))
      disk.crash(vault.root, dice, lucks[time] ?? dice())
      const print = fingerprint(vault.root)
      if (!seen.has(print)) {
        seen.add(print)
        counts.add({ replays: 1 })
        const facts = { vault, sides, error: null, answered: index === done.length }
        const wrong = await judgeRestore(bench, scenario, facts)
        violations.push(...wrong.map((text) => `after ${index} of ${done.length} operations: ${text}`))
      }
      rmSync(vault.root, { recursive: true, force: true })
    }
  }
  return { states: seen.size, violations }
}

function fingerprint(root: string): string {
  const hash = createHash('sha256')
  const visit = (path: string) => {
    hash.update(`${path.slice(root.length)}\0`)
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
    else hash.update(readFileSync(path))
  }
  visit(root)
  return hash.digest('hex')
}

describe.skipIf(missing !== null)(`when the power is cut during a restore ${missing ?? ''}`, () => {
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
      const { states, violations } = await cutPower(bench, scenario, full ? 24 : 2, full ? 1 : 13)
      counts.complain(violations.map((text) => `${scenario.title}: ${text}`))
      expect(violations).toEqual([])
      expect(states).toBeGreaterThan(2)
    },
    full ? 3_600_000 : 120_000,
  )
})
