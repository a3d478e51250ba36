import { fork } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Stage } from '../../src/engine/backup.ts'
import type { CreateRequest, Inspection, RunOptions, Vault } from '../../src/engine/engine.ts'
import { BackupError } from '../../src/engine/errors.ts'
import { expectInvariants, remember } from '../support/invariants.ts'
import { hasOpen, isAlive, startWatch, until, workersOf } from '../support/processes.ts'
import {
  back,
  createRequest,
  openLive,
  quietly,
  sharedEngine,
  startEngine,
  tenant,
  tenantWithRows,
} from '../support/tenant.ts'

const engine = sharedEngine()

/** Large enough that every stage takes some time. */
async function largeTenant(mebibytes = 16): Promise<Vault> {
  const vault = await tenant()
  const live = openLive(vault.databases[0]!.path, ['journal_mode = WAL', 'synchronous = OFF'])
  live.exec('CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB)')
  const insert = live.prepare('INSERT INTO blobs (data) VALUES (randomblob(1048576))')
  for (let count = 0; count < mebibytes; count++) insert.run()
  return vault
}

const leftovers = (vault: Vault) => {
  const partial = join(vault.folder, '.partial')
  return existsSync(partial) ? readdirSync(partial) : []
}

const holderOf = (vault: Vault): number =>
  JSON.parse(readFileSync(join(vault.folder, '.lock-holder.json'), 'utf8')).pid

/** Starts a backup and calls `act` once, at the first sign of the stage that something is being done in it. */
function runUntil(
  vault: Vault,
  stage: Stage,
  act: () => void,
  more: Partial<CreateRequest> = {},
  signal?: AbortSignal,
) {
  let acted = false
  const measured = stage === 'snapshot' || stage === 'proof'
  return engine.create(
    createRequest(vault, more),
    quietly({
      ...(signal ? { signal } : {}),
      onProgress(seen) {
        if (acted || seen.stage !== stage || (measured && !seen.progress?.done)) return
        acted = true
        act()
      },
    }),
  )
}

describe('a worker process that is killed', () => {
  it.each<Stage>(['snapshot', 'proof', 'publish', 'retention'])(
    'while it is at the stage %s leaves only whole backups and a named failure',
    async (stage) => {
      const vault = await largeTenant()
      const good = (await back(engine, vault)).backups[0]
      const before = await remember(engine, vault)
      const runId = `killed-at-${stage}`
      const outcome = await runUntil(vault, stage, () => process.kill(holderOf(vault), 'SIGKILL'), {
        runId,
      }).then(
        () => 'completed',
        (error: BackupError) => error.code,
      )
      expect(
        ['snapshot', 'proof'].includes(stage) ? ['worker-crashed'] : ['worker-crashed', 'completed'],
      ).toContain(outcome)
      const { runs, backups } = await engine.inspect(vault)
      const run = runs.find(({ id }) => id === runId)
      expect(run?.status).toBe(outcome === 'completed' ? 'completed' : 'failed')
      expect(backups.map(({ backup }) => backup.name)).toContain(good?.name)
      expect(leftovers(vault)).toEqual([])
      await expectInvariants(engine, vault, before)
      const entries = await engine.outbox(vault)
      expect(entries.filter(({ id }) => id === runId)).toHaveLength(1)
    },
  )

  it('fails the change that it was busy with, repeats what only reads, and the next call works', async () => {
    const known = workersOf()
    const own = startEngine({ processes: 1 })
    const { vault } = await tenantWithRows()
    await own.inspect(vault)
    const [pid] = workersOf().filter((one) => !known.includes(one))
    process.kill(pid!, 'SIGSTOP')
    const reading = own.inspect(vault)
    const changing = own.noteSchedule(vault, { at: '2026-01-01T00:00:00Z', enabled: true, schedule: {} })
    process.kill(pid!, 'SIGKILL')
    await expect(changing).rejects.toMatchObject({ code: 'worker-crashed', hint: /\w/ })
    expect((await reading).backups).toEqual([])
    expect((await own.inspect(vault)).backups).toEqual([])
  })
})

describe('cancelling', () => {
  it.each<Stage>(['waiting', 'checking', 'snapshot', 'proof'])(
    'at the stage %s ends the run within a second, with nothing left',
    async (stage) => {
      // Large enough that a busy machine hears of the stage before it is over.
      const vault = await largeTenant(64)
      const before = await remember(engine, vault)
      const controller = new AbortController()
      let sinceAbort = () => 0
      const abort = () => {
        sinceAbort = startWatch()
        controller.abort()
      }
      const runId = `cancelled-at-${stage}`
      await expect(runUntil(vault, stage, abort, { runId }, controller.signal)).rejects.toMatchObject({
        code: 'cancelled',
      })
      expect(sinceAbort()).toBeLessThan(1_000)
      expect(leftovers(vault)).toEqual([])
      expect((await engine.inspect(vault)).backups).toEqual([])
      // A run that never reached a process has nothing in the folder to close. On a busy machine it is closed later.
      const closed = async () => (await engine.inspect(vault)).runs[0]
      if (stage !== 'waiting') await until(async () => (await closed())?.id === runId)
      if (stage !== 'waiting') expect(await closed()).toMatchObject({ status: 'cancelled' })
      await expectInvariants(engine, vault, before)
    },
  )

  it('comes too late once the backup has its name', async () => {
    const { vault } = await tenantWithRows()
    const controller = new AbortController()
    const result = await runUntil(vault, 'retention', () => controller.abort(), {}, controller.signal)
    expect(result.backups).toHaveLength(1)
    expect((await engine.inspect(vault)).runs[0]?.status).toBe('completed')
  })

  it('kills a process that does not answer, and sweeps behind it within the second', async () => {
    const vault = await largeTenant()
    const before = await remember(engine, vault)
    const controller = new AbortController()
    let sinceAbort = () => 0
    const hang = () => {
      process.kill(holderOf(vault), 'SIGSTOP')
      sinceAbort = startWatch()
      controller.abort()
    }
    const run = runUntil(vault, 'snapshot', hang, { runId: 'hung' }, controller.signal)
    await expect(run).rejects.toMatchObject({ code: 'cancelled' })
    expect(sinceAbort()).toBeLessThan(1_000)
    await until(() => leftovers(vault).length === 0)
    await until(async () => (await engine.inspect(vault)).runs[0]?.id === 'hung')
    expect((await engine.inspect(vault)).runs[0]?.status).toBe('cancelled')
    await expectInvariants(engine, vault, before)
  })

  it('rejects with the reason of the signal and logs it, when that is an error of ours', async () => {
    const vault = await largeTenant()
    const controller = new AbortController()
    const late = new BackupError('timed-out', 'The run took too long', { hint: 'Look at the disk.' })
    const run = runUntil(
      vault,
      'snapshot',
      () => controller.abort(late),
      { runId: 'late' },
      controller.signal,
    )
    await expect(run).rejects.toMatchObject({ code: 'timed-out' })
    expect((await engine.inspect(vault)).runs[0]).toMatchObject({
      status: 'failed',
      error: { code: 'timed-out' },
    })
  })

  it('makes light calls of the same process again', async () => {
    const own = startEngine({ processes: 1 })
    const vault = await largeTenant()
    const controller = new AbortController()
    let light: Promise<unknown> | null = null
    const run = own.create(
      createRequest(vault),
      quietly({
        signal: controller.signal,
        onProgress({ stage, progress }) {
          if (stage !== 'snapshot' || !progress?.done || light !== null) return
          process.kill(holderOf(vault), 'SIGSTOP')
          light = own.inspect(vault)
          controller.abort()
        },
      }),
    )
    await expect(run).rejects.toMatchObject({ code: 'cancelled' })
    expect(light).not.toBeNull()
    await expect(light).resolves.toMatchObject({ backups: [] })
  })
})

describe('two runs at once', () => {
  it.each([
    ['of one engine', () => engine],
    ['of two engines', () => startEngine()],
  ])('%s in one folder: the second is busy and says who works there', async (_, other) => {
    const vault = await largeTenant(10)
    let second: Promise<unknown> | null = null
    const first = runUntil(vault, 'snapshot', () => {
      const holder = holderOf(vault)
      process.kill(holder, 'SIGSTOP')
      second = back(other(), vault).finally(() => process.kill(holder, 'SIGCONT'))
      second.catch(() => {})
    })
    expect((await first).backups).toHaveLength(1)
    await expect(second).rejects.toMatchObject({ code: 'busy', message: /process \d+ on/, hint: /Wait/ })
    expect((await engine.inspect(vault)).runs.map(({ status }) => status)).toEqual(['completed', 'failed'])
  })

  it.each([
    ['waits for the folder', false],
    ['is cancelled at once while it waits', true],
  ])('a patient one %s', async (_, cancelled) => {
    const vault = await largeTenant(10)
    const controller = new AbortController()
    const stages: Stage[] = []
    const patient = quietly({ signal: controller.signal, onProgress: ({ stage }) => void stages.push(stage) })
    let second: Promise<unknown> | null = null
    let release = () => {}
    const first = runUntil(vault, 'snapshot', () => {
      const holder = holderOf(vault)
      process.kill(holder, 'SIGSTOP')
      release = () => void process.kill(holder, 'SIGCONT')
      second = startEngine().create(createRequest(vault, { patient: true }), patient)
      second.catch(() => {})
    })
    await until(() => stages.includes('checking'))
    // Longer than an impatient one waits, also when it has to be told that.
    await expect(back(startEngine(), vault)).rejects.toMatchObject({ code: 'busy' })
    expect(stages.at(-1)).toBe('checking')
    if (cancelled) {
      controller.abort()
      await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    }
    release()
    await first
    if (!cancelled) await expect(second).resolves.toMatchObject({ backups: [{}] })
  })

  it('a patient one of the same engine takes no process while it waits', async () => {
    const vault = await largeTenant(10)
    const other = (await tenantWithRows()).vault
    const stages: Stage[] = []
    let second: Promise<unknown> | null = null
    let release = () => {}
    const first = runUntil(vault, 'snapshot', () => {
      const holder = holderOf(vault)
      process.kill(holder, 'SIGSTOP')
      release = () => void process.kill(holder, 'SIGCONT')
      second = engine.create(
        createRequest(vault, { patient: true }),
        quietly({ onProgress: ({ stage }) => void stages.push(stage) }),
      )
      second.catch(() => {})
    })
    await until(() => second !== null)
    expect((await back(engine, other)).backups).toHaveLength(1)
    expect(stages).toEqual(['waiting'])
    release()
    await first
    await expect(second).resolves.toMatchObject({ backups: [{}] })
  })

  it('of several folders share the processes, and the third waits for its turn', async () => {
    const vaults = await Promise.all([1, 2, 3].map(() => largeTenant(10)))
    const results = await Promise.all(vaults.map((vault) => back(engine, vault)))
    expect(results.map(({ backups }) => backups.length)).toEqual([1, 1, 1])
    expect(workersOf().length).toBeLessThanOrEqual(2)
  })

  it('never keep a light call waiting', async () => {
    const own = startEngine({ processes: 1 })
    const vault = await largeTenant()
    let ended = false
    const run = back(own, vault).then(() => {
      ended = true
    })
    await until(async () => (await own.inspect(vault)).folder.exists)
    await own.noteSchedule(vault, { at: '2026-01-01T00:00:00Z', enabled: true, schedule: null })
    expect((await own.inspect(vault)).schedules).toHaveLength(1)
    expect(ended).toBe(false)
    await run
  })

  it('lets one that waits be cancelled at once', async () => {
    const own = startEngine({ processes: 1 })
    const vault = await largeTenant()
    const first = back(own, vault)
    const controller = new AbortController()
    const second = own.create(
      createRequest((await tenantWithRows()).vault),
      quietly({ signal: controller.signal }),
    )
    controller.abort()
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    await first
  })
})

describe('the check of a large backup', () => {
  /** The process that has the copy open besides the one of the run, once there is one. */
  async function checkerOf(vault: Vault): Promise<number> {
    let checker: number | undefined
    await until(() => {
      const copies = leftovers(vault).map((run) => join(vault.folder, '.partial', run, '0.copy'))
      const opened = workersOf().filter((pid) => copies.some((copy) => hasOpen(pid, copy)))
      checker = opened.find((pid) => pid !== holderOf(vault))
      return checker !== undefined
    })
    return checker!
  }

  it('is made by a process to spare, which gives way to the run of another tenant', async () => {
    const own = startEngine()
    const vault = await largeTenant(32)
    const other = (await tenantWithRows()).vault
    let asked: Promise<unknown> | null = null
    const run = own.create(
      createRequest(vault),
      quietly({
        onProgress({ stage }) {
          if (stage !== 'proof' || asked !== null) return
          asked = checkerOf(vault).then((checker) => {
            process.kill(checker, 'SIGSTOP')
            return back(own, other).then(() => checker)
          })
        },
      }),
    )
    expect((await run).backups).toMatchObject([{ proven: { outcome: 'passed' } }])
    const checker = (await asked) as unknown as number
    await until(() => !isAlive(checker))
    expect((await own.inspect(other)).backups).toHaveLength(1)
  })

  it('gives way to a look at the list while the process of its run does not answer', async () => {
    const own = startEngine()
    const vault = await largeTenant(32)
    let looked: Promise<Inspection> | null = null
    const run = own.create(
      createRequest(vault),
      quietly({
        onProgress({ stage }) {
          if (stage !== 'proof' || looked !== null) return
          looked = checkerOf(vault).then(async (checker) => {
            const holder = holderOf(vault)
            for (const pid of [checker, holder]) process.kill(pid, 'SIGSTOP')
            const inspection = await own.inspect(vault)
            expect(isAlive(checker)).toBe(false)
            process.kill(holder, 'SIGCONT')
            return inspection
          })
        },
      }),
    )
    expect((await run).backups).toMatchObject([{ proven: { outcome: 'passed' } }])
    expect((await looked)!).toMatchObject({ backups: [] })
  })

  it('fails the run when its process crashes, and the next works', async () => {
    const own = startEngine()
    const vault = await largeTenant(32)
    let killed: Promise<void> | null = null
    const run = own.create(
      createRequest(vault),
      quietly({
        onProgress({ stage }) {
          if (stage !== 'proof' || killed !== null) return
          killed = checkerOf(vault).then((checker) => {
            process.kill(checker, 'SIGSTOP')
            process.kill(checker, 'SIGKILL')
          })
        },
      }),
    )
    await expect(run).rejects.toMatchObject({ code: 'worker-crashed', hint: /\w/ })
    expect(leftovers(vault)).toEqual([])
    expect((await back(own, vault)).backups).toHaveLength(1)
  })

  it('is done by the only process beside its hash, which answers meanwhile', async () => {
    const own = startEngine({ processes: 1 })
    const vault = await largeTenant(32)
    let looked: Promise<unknown> | null = null
    const run = own.create(
      createRequest(vault),
      quietly({
        onProgress({ stage }) {
          if (stage === 'proof') looked ??= own.inspect(vault)
        },
      }),
    )
    expect((await run).backups).toMatchObject([{ proven: { outcome: 'passed' } }])
    await expect(looked).resolves.toMatchObject({ backups: [] })
  })
})

describe('the times of a run', () => {
  const startedAt = '2020-02-29T12:00:00.000Z'
  const sinceStart = (moment: string | null | undefined) => Date.parse(moment ?? '') - Date.parse(startedAt)

  it('count what it waited for a free process', async () => {
    const own = startEngine({ processes: 1 })
    const [large, { vault }] = [await largeTenant(32), await tenantWithRows()]
    const first = back(own, large)
    const asked = performance.now()
    const second = back(own, vault, { startedAt })
    await first
    const waited = performance.now() - asked
    const { backups } = await second
    const [run] = (await own.inspect(vault)).runs
    for (const moment of [backups[0]?.createdAt, backups[0]?.proven?.at, run?.endedAt]) {
      expect(sinceStart(moment)).toBeGreaterThan(0.9 * waited)
    }
    expect(run?.startedAt).toBe(startedAt)
  })

  it('say when the commit was pinned, not when the lock on the database was first in the way', async () => {
    const own = startEngine({ sourceTimeoutMs: 20_000 })
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path, ['journal_mode = DELETE'])
    live.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY); BEGIN EXCLUSIVE')
    const other = await largeTenant(32)
    const stages: Stage[] = []
    const onProgress = ({ stage }: { stage: Stage }) => void stages.push(stage)
    const run = own.create(createRequest(vault, { startedAt }), quietly({ onProgress }))
    await until(() => stages.includes('snapshot'))
    const locked = performance.now()
    await back(own, other)
    const waited = performance.now() - locked
    live.exec('COMMIT')
    expect(sinceStart((await run).backups[0]?.createdAt)).toBeGreaterThan(0.9 * waited)
  })
})

describe('the processes', () => {
  it('end when they have been idle', async () => {
    const known = workersOf()
    const own = startEngine({ idleMs: 30 })
    const { vault } = await tenantWithRows()
    await back(own, vault)
    await until(() => workersOf().every((pid) => known.includes(pid)))
    expect((await back(own, vault)).backups).toHaveLength(1)
  })

  it('end with the engine, and calls in flight say that they were cancelled', async () => {
    const own = startEngine()
    const vault = await largeTenant()
    const known = workersOf()
    const run = back(own, vault)
    run.catch(() => {})
    await until(() => workersOf().length > known.length)
    await own.close()
    await expect(run).rejects.toMatchObject({ code: 'cancelled' })
    expect(workersOf().every((pid) => known.includes(pid))).toBe(true)
    await expect(own.inspect(vault)).rejects.toMatchObject({ code: 'cancelled' })
    const closed = await engine.reconcile(vault, { now: new Date().toISOString() })
    expect(closed.length).toBeLessThanOrEqual(1)
    expect(leftovers(vault)).toEqual([])
  })

  it('are there for the check of a large backup before its copy is finished', async () => {
    const own = startEngine()
    const vault = await largeTenant(24)
    // Those of the shared engine come and go meanwhile.
    const others = workersOf()
    let ready = 0
    const onProgress: RunOptions['onProgress'] = ({ stage, progress }) => {
      if (stage !== 'snapshot' || progress === null) return
      ready = Math.max(ready, workersOf().filter((pid) => !others.includes(pid)).length)
    }
    await own.create(createRequest(vault), quietly({ onProgress }))
    expect(ready).toBe(2)
  })

  it('end with the process that started them, also in the middle of a check, and free the lock', async () => {
    const vault = await largeTenant()
    const script = fileURLToPath(new URL('../support/doomed-parent.ts', import.meta.url))
    const request = createRequest(vault, { runId: 'orphaned' })
    const parent = fork(script, [JSON.stringify(request)], { execArgv: [] })
    onTestFinished(() => void parent.kill('SIGKILL'))
    await new Promise<void>((resolve) => {
      parent.on('message', (stage) => stage === 'proof' && resolve())
    })
    const pid = holderOf(vault)
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !isAlive(pid), 1_500)
    const closed = await engine.reconcile(vault, { now: '2030-01-01T00:00:00.000Z' })
    expect(closed).toMatchObject([
      {
        id: 'orphaned',
        status: 'failed',
        endedAt: '2030-01-01T00:00:00.000Z',
        error: { code: 'interrupted' },
      },
    ])
    expect(leftovers(vault)).toEqual([])
    expect((await back(engine, vault)).backups).toHaveLength(1)
  })

  it.each(['worker', 'archive-worker'])(
    'end when the one that started the %s is gone before it listens',
    async (kind) => {
      const entry = fileURLToPath(new URL(`../../src/engine/${kind}/main.ts`, import.meta.url))
      const worker = fork(entry, ['{}'], { execArgv: [], stdio: 'ignore' })
      const ended = new Promise((resolve) => worker.once('exit', (_code, signal) => resolve(signal)))
      worker.disconnect()
      expect(await ended).toBe('SIGKILL')
    },
  )
})
