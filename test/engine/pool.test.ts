import { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { KilledInFlight, WorkerPool } from '../../src/engine/worker/pool.ts'
import type { Arguments } from '../../src/engine/worker/protocol.ts'
import { WorkerKilled, WorkerProcess } from '../../src/engine/worker/worker-process.ts'
import { isAlive, until, workersOf } from '../support/processes.ts'
import { back, createRequest, operation, startEngine, tenant, tenantWithRows } from '../support/tenant.ts'

const start = {
  environment: {},
  settings: { sourceTimeoutMs: 100, lockWaitMs: 100, changeWaitMs: 100, hostileMs: 60_000 },
}

function startPool(lightMs: number): WorkerPool {
  const pool = new WorkerPool({ ...start, processes: 1, idleMs: 10_000, graceMs: 100, lightMs })
  onTestFinished(() => pool.close())
  return pool
}

/** The only process of a pool, which doesn't answer any more. */
async function hang(pool: WorkerPool): Promise<number> {
  const known = workersOf()
  await pool.light('inspect', { vault: await tenant() })
  const [pid] = workersOf().filter((one) => !known.includes(one))
  process.kill(pid!, 'SIGSTOP')
  return pid!
}

/** As if every process waited for a dead disk: the signal is sent and nothing comes of it. */
function makeUnkillable(): void {
  const killing = vi.spyOn(ChildProcess.prototype, 'kill').mockReturnValue(true)
  onTestFinished(() => killing.mockRestore())
}

const killAfterTest = (pid: number) => onTestFinished(() => void process.kill(pid, 'SIGKILL'))

describe('a light call', () => {
  it('is given up when the process does not answer, so that a dead disk holds up nobody', async () => {
    const vault = await tenant()
    const pool = startPool(8_000)
    await pool.light('inspect', { vault })
    const [pid] = workersOf()
    process.kill(pid!, 'SIGSTOP')
    await expect(pool.light('inspect', { vault })).rejects.toMatchObject({ code: 'timed-out', hint: /disk/ })
    await expect(pool.light('inspect', { vault })).resolves.toMatchObject({ backups: [] })
    await until(() => !isAlive(pid!))
  })

  it('that is given up fails a run of the same process, and repeats every other light call', async () => {
    const { vault } = await tenantWithRows()
    const pool = startPool(8_000)
    const { signal } = new AbortController()
    await hang(pool)
    const hung = pool.light('inspect', { vault })
    hung.catch(() => {})
    const run = pool.heavy('create', createRequest(vault), { signal, listener: {} })
    run.catch(() => {})
    const other = pool.light('inspect', { vault })
    await expect(hung).rejects.toMatchObject({ code: 'timed-out' })
    await expect(run).rejects.toMatchObject({ code: 'worker-crashed', hint: /\w/ })
    await expect(other).resolves.toMatchObject({ backups: [] })
  })

  it('that deletes is not made again, because the first attempt may have deleted', async () => {
    const { vault } = await tenantWithRows()
    const { name } = (await back(startEngine(), vault)).backups[0]!
    const pool = startPool(60_000)
    const controller = new AbortController()
    await hang(pool)
    const options = { signal: controller.signal, listener: {} }
    const run = pool.heavy('create', createRequest(vault), options)
    run.catch(() => {})
    const deleting = pool.light('remove', { vault, name, operation: operation() })
    deleting.catch(() => {})
    const reading = pool.light('inspect', { vault })
    controller.abort()
    await expect(run).rejects.toBeInstanceOf(KilledInFlight)
    await expect(deleting).rejects.toMatchObject({ code: 'worker-crashed', hint: /list/ })
    await expect(reading).resolves.toMatchObject({ backups: [{ backup: { name } }] })
    expect(existsSync(join(vault.folder, name))).toBe(true)
  })

  it('is refused once the pool is closed, and closing twice is fine', async () => {
    const vault = await tenant()
    const pool = startPool(8_000)
    await pool.close()
    await pool.close()
    await expect(pool.light('inspect', { vault })).rejects.toMatchObject({ code: 'cancelled' })
    await expect(
      pool.heavy('verify', {} as never, { signal: new AbortController().signal, listener: {} }),
    ).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('a process that can not even be killed', () => {
  it('rejects its calls at once', async () => {
    const input: Arguments<'inspect'> = { vault: await tenant() }
    const known = workersOf()
    const worker = new WorkerProcess(start, { onUnusable() {}, onIdle() {} })
    await worker.call('inspect', input).answer
    const pid = workersOf().find((one) => !known.includes(one))!
    killAfterTest(pid)
    makeUnkillable()
    const { answer } = worker.call('inspect', input)
    worker.kill()
    await expect(answer).rejects.toBeInstanceOf(WorkerKilled)
    expect(worker.usable).toBe(false)
    await worker.end(50)
    expect(isAlive(pid)).toBe(true)
  })

  it('ends its run, leaves its place to another, and keeps nobody from closing', async () => {
    const pool = startPool(60_000)
    const { vault } = await tenantWithRows()
    killAfterTest(await hang(pool))
    const known = workersOf()
    makeUnkillable()
    const controller = new AbortController()
    const run = pool.heavy('create', createRequest(vault), { signal: controller.signal, listener: {} })
    controller.abort()
    await expect(run).rejects.toBeInstanceOf(KilledInFlight)
    await expect(pool.light('inspect', { vault })).resolves.toMatchObject({ backups: [] })
    for (const pid of workersOf().filter((one) => !known.includes(one))) killAfterTest(pid)
    await pool.close()
  })
})
