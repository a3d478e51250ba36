import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createEngine } from '../../src/engine/worker-engine.ts'
import { contentOf, expectInvariants } from '../support/invariants.ts'
import { startWatch, until } from '../support/processes.ts'
import { quietly } from '../support/tenant.ts'
import { countOperations, openBench, wake } from './bench.ts'
import { tryBusyLog } from './busy-log.ts'
import { part } from './extent.ts'
import { interrupt, type Moment } from './interrupt.ts'
import { judge, rememberAll } from './judge.ts'
import { partReport } from './part-report.ts'
import { create, type Scenario } from './scenarios.ts'
import { changing, looking, missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const scenario = create as unknown as Scenario
const counts = partReport(import.meta.url, missing)

const changes = {
  deleted: (path: string) => removeDatabase(path),
  renamed: (path: string) => renameSync(path, `${path}.old`),
  'replaced by another': (path: string) => {
    const other = new Database(`${path}.other`)
    other.exec(
      "CREATE TABLE entries (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO entries VALUES (1, 'other')",
    )
    other.close()
    removeDatabase(path)
    renameSync(`${path}.other`, path)
  },
} as const

function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(path + end, { force: true })
}

describe.skipIf(missing !== null)(`in the middle of a run ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  let operations: readonly number[]
  beforeAll(async () => {
    bench = await openBench()
    const count = await countOperations(bench, scenario)
    operations = Array.from({ length: count }, (_, index) => index + 1)
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  it.each(Object.entries(changes))(
    'a database that is %s gives its old state or a named failure',
    async (_, change) => {
      for (const target of part(operations, 6, 'sources')) {
        const { vault, drop } = bench.template.copy()
        const { path } = vault.databases[0]!
        const old = contentOf(path)
        const before = await rememberAll(bench.healthy, vault)
        const error = await interrupt(bench, scenario, { vault, kinds: changing, target }, () => change(path))
        const after = await bench.healthy.inspect(vault)
        const made = after.backups.find(({ backup }) => backup.runId === 'the-run')?.backup
        // Before the run has looked at the database, what lies there now is the current state; never a mixture.
        if (error === null)
          expect([old, contentOf(path)]).toContain(made && contentOf(join(vault.folder, made.name)))
        else expect(error).toMatchObject({ code: expect.stringMatching(/^source-/), hint: /\w/ })
        const now = { ...before, ...(await rememberAll(bench.healthy, vault)), inspection: before.inspection }
        const mayBeGone = made === undefined ? [] : bench.template.names.scheduled.slice(0, 2)
        await expectInvariants(bench.healthy, vault, now, { mayBeGone, nextRunSucceeds: false })
        counts.add({ changedSources: 1 })
        drop()
      }
    },
    600_000,
  )

  it('a log that is begun anew leaves the backup one state that there was', async () => {
    const looks = await countOperations(bench, scenario, looking)
    const moments: readonly Moment[] = [
      ...operations.map((target) => ({ kinds: changing, target })),
      ...Array.from({ length: looks }, (_, index) => ({ kinds: looking, target: index + 1 })),
    ]
    for (const moment of part(moments, 8, 'log')) {
      expect({ moment, wrong: await tryBusyLog(bench, moment) }).toEqual({ moment, wrong: null })
      counts.add({ restartedLogs: 1 })
    }
  }, 600_000)

  it.each([
    ['to 1970', -Math.round(Date.now() / 1000) + 3_600],
    ['back by a day', -86_400],
    ['forward by ten years', 315_360_000],
  ])(
    'a clock that jumps %s spoils nothing',
    async (_, jump) => {
      // The last operations are best effort: some runs do one more or less of them.
      let jumped = 0
      for (const target of part(operations, 6, 'clock')) {
        const { vault, drop } = bench.template.copy()
        const before = await rememberAll(bench.healthy, vault)
        await wake(bench.doer, vault)
        bench.shim.order({ below: vault.root, kinds: changing, action: 'jump', target, jump })
        await bench.doer.run(scenario.operation, scenario.arguments(vault, bench.template.names))
        jumped += Math.min(1, bench.shim.fired)
        bench.shim.rest()
        const facts = { vault, before, begun: [scenario], done: [scenario], error: null, lost: true }
        expect(await judge(bench, facts)).toEqual([])
        counts.add({ clockJumps: 1 })
        drop()
      }
      expect(jumped).toBeGreaterThan(0)
    },
    600_000,
  )

  it('a disk that hangs lets a cancel answer within a second, and the next run after it recovers', async () => {
    const inRetention = operations.length - 12
    for (const target of new Set([...part(operations, 3, 'hang'), inRetention])) {
      const engine = createEngine({ environment: bench.shim.environment })
      onTestFinished(() => engine.close())
      const { vault, drop } = bench.template.copy()
      const before = await rememberAll(bench.healthy, vault)
      await engine.outbox(vault)
      bench.shim.order({ below: vault.root, kinds: changing, action: 'hang', target })
      const controller = new AbortController()
      const request = create.arguments(vault, bench.template.names)
      const run = engine.create(request, quietly({ signal: controller.signal })).then(
        () => 'completed',
        ({ code }) => code,
      )
      let settled = false
      void run.then(() => {
        settled = true
      })
      await until(() => settled || bench.shim.fired > 0)
      const elapsed = startWatch()
      controller.abort()
      const ending = await Promise.race([run, until(() => elapsed() > 1_500, 30_000).then(() => 'no answer')])
      expect({ target, ending }).not.toEqual({ target, ending: 'no answer' })
      bench.shim.rest()
      // What it takes back later than it answers must not come between.
      await engine.close()
      const facts = { vault, before, begun: [scenario], done: [], error: null, lost: true }
      expect(await judge(bench, facts)).toEqual([])
      counts.add({ hangs: 1 })
      drop()
    }
  }, 600_000)
})
