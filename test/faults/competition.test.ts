import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { BackupEngine, Vault } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'
import { expectInvariants, remember } from '../support/invariants.ts'
import { until } from '../support/processes.ts'
import { createRequest } from '../support/tenant.ts'
import { partReport } from './part-report.ts'
import { makeFolder, makeTemplate, removeFolder, type Template } from './template.ts'

interface Ending {
  readonly code: string
  readonly message: string
}

const counts = partReport(import.meta.url, null)
const processes = 8
/** Milliseconds that all of them need to start. */
const headStart = 2_500
const driver = fileURLToPath(new URL('./driver.ts', import.meta.url))
const run = promisify(execFile)

async function start(vault: Vault, runId: string, beginAt: number): Promise<Ending> {
  const request = createRequest(vault, { runId })
  const { stdout } = await run(process.execPath, [driver, JSON.stringify(request), '{}', String(beginAt)])
  return JSON.parse(stdout)
}

/** The process that holds the lock, stopped in the middle of its run. */
async function stopHolder(vault: Vault): Promise<number> {
  const note = join(vault.folder, '.lock-holder.json')
  let pid = 0
  await until(() => {
    if (!existsSync(note)) return false
    const text = readFileSync(note, 'utf8')
    if (!text.endsWith('}')) return false
    pid = JSON.parse(text).pid
    return true
  }, 20_000)
  process.kill(pid, 'SIGSTOP')
  return pid
}

/** One that has ended by itself is fine. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

describe('eight processes that back up one tenant at the same millisecond', () => {
  const folder = makeFolder()
  let engine: BackupEngine
  let template: Template
  beforeAll(async () => {
    engine = createEngine()
    template = await makeTemplate(engine, folder)
  })
  afterAll(async () => {
    counts.close()
    await engine.close()
    removeFolder(folder)
  })

  it.each([
    ['goes on', 'SIGCONT', 'completed'],
    ['is killed', 'SIGKILL', 'worker-crashed'],
  ] as const)(
    'have one winner, the others say who it is, and when it %s the lock is free',
    async (_, signal, end) => {
      const { vault, drop } = template.copy()
      const before = await remember(engine, vault)
      const beginAt = Date.now() + headStart
      const endings: Ending[] = []
      const all = Array.from({ length: processes }, async (_unused, index) => {
        const ending = await start(vault, `run-${index}`, beginAt)
        endings.push(ending)
      })
      const holder = await stopHolder(vault)
      onTestFinished(() => endProcess(holder))
      await until(() => endings.length === processes - 1, 20_000)
      for (const { code, message } of endings) {
        expect(code).toBe('busy')
        expect(message).toContain(`process ${holder} on`)
      }
      process.kill(holder, signal)
      await Promise.all(all)
      expect(endings.at(-1)?.code).toBe(end)
      const made = (await engine.inspect(vault)).backups.filter(({ backup }) =>
        backup.runId?.startsWith('run-'),
      )
      expect(made).toHaveLength(end === 'completed' ? 1 : 0)
      await expectInvariants(engine, vault, before)
      counts.add({ races: 1 })
      drop()
    },
    60_000,
  )
})
