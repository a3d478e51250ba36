import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { expectInvariants, remember } from '../support/invariants.ts'
import { until } from '../support/processes.ts'
import { createRequest } from '../support/tenant.ts'
import { type Bench, openBench } from './bench.ts'
import { partReport } from './part-report.ts'
import { missingForShim } from './shim/shim.ts'

interface Ending {
  readonly code: string
  readonly message: string
}

const missing = missingForShim()
const counts = partReport(import.meta.url, missing)
const processes = 8
/** Milliseconds that all of them need to start. */
const headStart = 2_500
const driver = fileURLToPath(new URL('./driver.ts', import.meta.url))
const run = promisify(execFile)

async function start(bench: Bench, vault: Vault, runId: string, beginAt: number): Promise<Ending> {
  const request = createRequest(vault, { runId })
  const call = [driver, JSON.stringify(request), JSON.stringify(bench.shim.environment), String(beginAt)]
  const { stdout } = await run(process.execPath, call)
  return JSON.parse(stdout)
}

/** One that has ended by itself is fine. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

describe.skipIf(missing !== null)(
  `eight processes that back up one tenant at the same millisecond ${missing ?? ''}`,
  () => {
    let bench: Awaited<ReturnType<typeof openBench>>
    beforeAll(async () => {
      bench = await openBench()
    })
    afterAll(async () => {
      counts.close()
      await bench.close()
    })

    it.each([
      ['goes on', 'SIGCONT', 'completed'],
      ['is killed', 'SIGKILL', 'worker-crashed'],
    ] as const)(
      'have one winner, the others say who it is, and when it %s the lock is free',
      async (_, signal, end) => {
        const { vault, drop } = bench.template.copy()
        const before = await remember(bench.healthy, vault)
        // Only who has the lock renames anything: the winner stops there by itself, however crowded the machine is.
        bench.shim.order({ below: vault.root, kinds: ['rename'], action: 'stop', target: 1 })
        const beginAt = Date.now() + headStart
        const endings: Ending[] = []
        const all = Array.from({ length: processes }, async (_unused, index) => {
          const ending = await start(bench, vault, `run-${index}`, beginAt)
          endings.push(ending)
        })
        await until(() => bench.shim.fired > 0, 40_000)
        const holder = bench.shim.process
        onTestFinished(() => endProcess(holder))
        await until(() => endings.length === processes - 1, 40_000)
        for (const { code, message } of endings) {
          expect(code).toBe('busy')
          expect(message).toContain(`process ${holder} on`)
        }
        process.kill(holder, signal)
        await Promise.all(all)
        bench.shim.rest()
        expect(endings.at(-1)?.code).toBe(end)
        const made = (await bench.healthy.inspect(vault)).backups.filter(({ backup }) =>
          backup.runId?.startsWith('run-'),
        )
        expect(made).toHaveLength(end === 'completed' ? 1 : 0)
        await expectInvariants(bench.healthy, vault, before)
        counts.add({ races: 1 })
        drop()
      },
      120_000,
    )
  },
)
