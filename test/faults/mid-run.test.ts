import { readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'
import { contentOf, expectInvariants, remember } from '../support/invariants.ts'
import { startWatch, until } from '../support/processes.ts'
import { quietly } from '../support/tenant.ts'
import { countOperations, openBench } from './bench.ts'
import { part, report } from './extent.ts'
import { judge } from './judge.ts'
import { create, type Scenario } from './scenarios.ts'
import { changing, missingForShim } from './shim/shim.ts'

const missing = missingForShim()
const scenario = create as unknown as Scenario
const numbers = { changedSources: 0, clockJumps: 0, hangs: 0 }

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

const isStopped = (pid: number) => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

describe.skipIf(missing !== null)(`in the middle of a run ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  let operations: readonly number[]
  beforeAll(async () => {
    bench = await openBench()
    const count = await countOperations(bench, scenario)
    operations = Array.from({ length: count }, (_, index) => index + 1)
  })
  afterAll(async () => {
    report('mid-run', numbers)
    await bench.close()
  })

  /** Does something while the worker stands still before its operation of that number. */
  async function interrupt(vault: Vault, target: number, change: () => void): Promise<unknown> {
    await bench.doer.run('outbox', { vault: { ...vault, folder: join(vault.root, 'nowhere') } })
    bench.shim.order({ below: vault.root, kinds: changing, action: 'stop', target })
    let settled = false
    const ending = bench.doer
      .run(scenario.operation, scenario.arguments(vault, bench.template.names))
      .then(
        () => null,
        (error) => error,
      )
      .finally(() => {
        settled = true
      })
    await until(() => settled || (bench.shim.fired > 0 && isStopped(bench.shim.process)))
    change()
    if (!settled) process.kill(bench.shim.process, 'SIGCONT')
    const error = await ending
    bench.shim.rest()
    return error
  }

  it.each(Object.entries(changes))(
    'a database that is %s gives its old state or a named failure',
    async (_, change) => {
      for (const target of part(operations, 6, 'sources')) {
        const { vault, drop } = bench.template.copy()
        const { path } = vault.databases[0]!
        const old = contentOf(path)
        const before = await remember(bench.healthy, vault)
        const error = await interrupt(vault, target, () => change(path))
        const after = await bench.healthy.inspect(vault)
        const made = after.backups.find(({ backup }) => backup.runId === 'the-run')?.backup
        // Before the run has looked at the database, what lies there now is the current state; never a mixture.
        if (error === null)
          expect([old, contentOf(path)]).toContain(made && contentOf(join(vault.folder, made.name)))
        else expect(error).toMatchObject({ code: expect.stringMatching(/^source-/), hint: /\w/ })
        const now = { ...before, ...(await remember(bench.healthy, vault)), inspection: before.inspection }
        const mayBeGone = made === undefined ? [] : bench.template.names.scheduled.slice(0, 2)
        await expectInvariants(bench.healthy, vault, now, { mayBeGone, nextRunSucceeds: false })
        numbers.changedSources++
        drop()
      }
    },
    600_000,
  )

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
        const before = await remember(bench.healthy, vault)
        await bench.doer.run('outbox', { vault: { ...vault, folder: join(vault.root, 'nowhere') } })
        bench.shim.order({ below: vault.root, kinds: changing, action: 'jump', target, jump })
        await bench.doer.run(scenario.operation, scenario.arguments(vault, bench.template.names))
        jumped += Math.min(1, bench.shim.fired)
        bench.shim.rest()
        const facts = { vault, before, begun: [scenario], done: [scenario], error: null, lost: true }
        expect(await judge(bench, facts)).toEqual([])
        numbers.clockJumps++
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
      const before = await remember(bench.healthy, vault)
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
      numbers.hangs++
      drop()
    }
  }, 600_000)
})
