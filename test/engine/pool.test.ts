import { describe, expect, it, onTestFinished } from 'vitest'
import { WorkerPool } from '../../src/engine/worker/pool.ts'
import { workersOf } from '../support/processes.ts'
import { tenant } from '../support/tenant.ts'

function startPool(lightMs: number): WorkerPool {
  const pool = new WorkerPool({
    processes: 1,
    idleMs: 10_000,
    graceMs: 100,
    lightMs,
    environment: {},
    settings: { sourceTimeoutMs: 100, lockWaitMs: 100, changeWaitMs: 100 },
  })
  onTestFinished(() => pool.close())
  return pool
}

describe('a light call', () => {
  it('is given up when the process does not answer, so that a dead disk holds up nobody', async () => {
    const vault = await tenant()
    const pool = startPool(1_500)
    await pool.light('inspect', { vault })
    const [pid] = workersOf()
    process.kill(pid!, 'SIGSTOP')
    await expect(pool.light('inspect', { vault })).rejects.toMatchObject({ code: 'timed-out', hint: /disk/ })
  })

  it('is refused once the pool is closed, and closing twice is fine', async () => {
    const vault = await tenant()
    const pool = startPool(1_500)
    await pool.close()
    await pool.close()
    await expect(pool.light('inspect', { vault })).rejects.toMatchObject({ code: 'cancelled' })
    await expect(
      pool.heavy('verify', {} as never, { signal: new AbortController().signal, listener: {} }),
    ).rejects.toMatchObject({ code: 'cancelled' })
  })
})
