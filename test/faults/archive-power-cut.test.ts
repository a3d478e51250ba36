import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ArchiveBench,
  type ArchiveScenario,
  doIt,
  judgeArchives,
  openArchiveBench,
  scenarios,
  type Trial,
  trialAt,
  wake,
} from './archive-trial.ts'
import { Disk } from './disk-model.ts'
import { full, randomFor } from './extent.ts'
import { partReport } from './part-report.ts'
import { readLog } from './shim/log.ts'
import { changing, missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)
/** Shares of what was not synced that are kept, before they are left to chance. */
const lucks = [0, 1]

/** A run that nothing disturbs, with everything that it wrote. */
async function record(bench: ArchiveBench, scenario: ArchiveScenario) {
  const { drop, ...trial } = bench.copy()
  try {
    await wake(bench)
    const disk = new Disk(trial.root)
    const log = join(bench.folder, `recorded-${scenario.operation}`)
    bench.shim.order({ below: trial.root, kinds: changing, log })
    await doIt(bench, scenario, trial)
    return { disk, done: readLog(log), root: trial.root }
  } finally {
    bench.shim.rest()
    drop()
  }
}

/** A journal names folders by their whole paths; here they lie somewhere else than when it was written. */
function moveJournal({ root, vault }: Trial, from: string): void {
  const journal = join(vault.folder, '.unpack-files.json')
  if (existsSync(journal)) writeFileSync(journal, readFileSync(journal, 'utf8').replaceAll(from, root))
}

/** Cuts the power after every operation, so many times each, and judges what the next runs make of it. */
async function cutPower(bench: ArchiveBench, scenario: ArchiveScenario, timesEach: number, every: number) {
  const { disk, done, root } = await record(bench, scenario)
  const dice = randomFor(scenario.title)
  const violations: string[] = []
  let states = 0
  for (let index = 0; index <= done.length; index++) {
    if (index > 0) disk.apply(done[index - 1]!)
    if (index % every !== 0 && index !== done.length) continue
    for (let time = 0; time < timesEach; time++) {
      const trial = trialAt(join(bench.folder, `cut-${index}-${time}`))
      disk.crash(trial.root, dice, lucks[time] ?? dice())
      moveJournal(trial, root)
      const error = index === done.length ? null : undefined
      const wrong = await judgeArchives(bench, scenario, trial, error)
      states++
      counts.add({ replays: 1 })
      violations.push(...wrong.map((text) => `after ${index} of ${done.length} operations: ${text}`))
      rmSync(trial.root, { recursive: true, force: true })
    }
  }
  return { states, violations }
}

describe.skipIf(missing !== null)(`when the power is cut over archives ${missing ?? ''}`, () => {
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
      const { states, violations } = await cutPower(bench, scenario, full ? 12 : 1, full ? 1 : 29)
      counts.complain(violations.map((text) => `${scenario.title}: ${text}`))
      expect(violations).toEqual([])
      expect(states).toBeGreaterThan(2)
    },
    full ? 7_200_000 : 120_000,
  )
})
