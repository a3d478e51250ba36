import { expect, test } from 'vitest'
import type { MakeHarness } from './describe-host.ts'
import { actor, deferred, type HostHarness, SampleTask, untilAborted, withHost } from './host-harness.ts'

export function describeTasks(make: MakeHarness): void {
  const withTask = (task: SampleTask, work: (harness: HostHarness) => Promise<void>): Promise<void> =>
    withHost(make, (host) => host.tasks.register(task), work)

  test('exist for every tenant, or once for the system, and nowhere else', () =>
    withTask(new SampleTask(), async ({ host, tenants: { first } }) => {
      expect(await host.tasks.read('sample', { system: true })).toBeNull()
      expect(await host.tasks.read('sample', { tenant: 'nobody' })).toBeNull()
      expect(await host.tasks.read('unknown', { tenant: first })).toBeNull()
      const undo = host.tasks.register(new SampleTask('system'))
      expect(await host.tasks.read('system-sample', { system: true })).not.toBeNull()
      expect(await host.tasks.read('system-sample', { tenant: first })).toBeNull()
      await undo()
    }))

  test('can not be asked for where there is no such task', () =>
    withTask(new SampleTask(), async ({ host, tenants: { first } }) => {
      await expect(host.tasks.runNow('sample', { tenant: 'nobody' }, { actor })).rejects.toThrow()
      await expect(host.tasks.runNow('unknown', { tenant: first }, { actor })).rejects.toThrow()
    }))

  test('run when somebody asks, with who it was and what they handed over', () => {
    const task = new SampleTask()
    return withTask(task, async ({ host, tenants: { second } }) => {
      const parameters = { trigger: 'before-update', note: '4.2 to 4.3' }
      const run = await host.tasks.runNow('sample', { tenant: second }, { actor, parameters })
      expect(await run.ended).toEqual({ outcome: 'completed', message: 'done' })
      expect(task.runs).toHaveLength(1)
      expect(task.runs[0]).toMatchObject({ scope: { tenant: second }, cause: 'request', actor, parameters })
      const state = await host.tasks.read('sample', { tenant: second })
      expect(state?.lastRun).toMatchObject({ outcome: 'completed', cause: 'request' })
      expect(state?.lastRun?.endedAt).not.toBeNull()
    })
  })

  test('run when somebody asks also while they are inactive and all are paused', () => {
    const task = new SampleTask()
    return withTask(task, async (it) => {
      await it.pauseAll()
      const run = await it.host.tasks.runNow('sample', { tenant: it.tenants.first }, { actor })
      expect((await run.ended).outcome).toBe('completed')
    })
  })

  test('never overlap: who asks meanwhile gets a run of their own afterwards', () => {
    const task = new SampleTask()
    return withTask(task, async ({ host, tenants: { first } }) => {
      const gate = deferred()
      task.work = async () => {
        await gate.promise
        return { outcome: 'completed', message: `run ${task.runs.length}` }
      }
      const ask = () => host.tasks.runNow('sample', { tenant: first }, { actor })
      const runs = [await ask(), await ask(), await ask()]
      gate.resolve()
      const messages = (await Promise.all(runs.map((run) => run.ended))).map((result) => result.message)
      expect(messages).toEqual(['run 1', 'run 2', 'run 3'])
      expect(task.mostAtOnce).toBe(1)
    })
  })

  test('of different tenants do not wait for each other', () => {
    const task = new SampleTask()
    return withTask(task, async ({ host, tenants: { first, second } }) => {
      const gate = deferred()
      task.work = async ({ scope }) => {
        if ('tenant' in scope && scope.tenant === first) await gate.promise
        return { outcome: 'completed', message: 'done' }
      }
      const slow = await host.tasks.runNow('sample', { tenant: first }, { actor })
      const quick = await host.tasks.runNow('sample', { tenant: second }, { actor })
      await quick.ended
      gate.resolve()
      await slow.ended
    })
  })

  test.each(['completed', 'partial', 'failed', 'cancelled'] as const)(
    'remember that the last run was %s',
    (outcome) => {
      const task = new SampleTask()
      task.work = async () => ({ outcome, message: 'so it was' })
      return withTask(task, async ({ host, tenants: { first } }) => {
        await (await host.tasks.runNow('sample', { tenant: first }, { actor })).ended
        expect((await host.tasks.read('sample', { tenant: first }))?.lastRun?.outcome).toBe(outcome)
      })
    },
  )

  test('that reject count as failed and keep the host going', () => {
    const task = new SampleTask()
    task.work = async () => {
      throw new Error('a defect')
    }
    return withTask(task, async ({ host, tenants: { first } }) => {
      const ask = async () => (await host.tasks.runNow('sample', { tenant: first }, { actor })).ended
      expect((await ask()).outcome).toBe('failed')
      expect((await ask()).outcome).toBe('failed')
    })
  })

  test('show as running, and may report progress as often as they like', () => {
    const task = new SampleTask()
    return withTask(task, async ({ host, tenants: { first } }) => {
      const reached = deferred()
      const gate = deferred()
      task.work = async (context) => {
        for (let done = 0; done < 10_000; done++)
          context.progress({ stage: 'copy', done, total: 10_000, unit: 'bytes' })
        reached.resolve()
        await gate.promise
        return { outcome: 'completed', message: 'done' }
      }
      const run = await host.tasks.runNow('sample', { tenant: first }, { actor })
      await reached.promise
      const state = await host.tasks.read('sample', { tenant: first })
      expect(state?.lastRun).toMatchObject({ endedAt: null, outcome: null })
      gate.resolve()
      await run.ended
    })
  })

  test('are aborted when somebody cancels them on the page of the host', () => {
    const task = new SampleTask()
    return withTask(task, async (it) => {
      task.work = untilAborted
      const scope = { tenant: it.tenants.first }
      const run = await it.host.tasks.runNow('sample', scope, { actor })
      await it.cancel('sample', scope)
      expect((await run.ended).outcome).toBe('cancelled')
    })
  })

  test('are aborted and waited for when their type is taken back', () => {
    const task = new SampleTask()
    return withHost(
      make,
      () => {},
      async ({ host, tenants: { first } }) => {
        task.work = untilAborted
        const undo = host.tasks.register(task)
        const ask = () => host.tasks.runNow('sample', { tenant: first }, { actor })
        const [inFlight, queued] = [await ask(), await ask()]
        let ended = false
        void inFlight.ended.then(() => {
          ended = true
        })
        await undo()
        expect(ended).toBe(true)
        expect((await queued.ended).outcome).toBe('cancelled')
        expect(task.runs).toHaveLength(1)
        expect(await host.tasks.read('sample', { tenant: first })).toBeNull()
        await undo()
      },
    )
  })

  test('of one family come and go one by one, at any time', () =>
    withHost(
      make,
      () => {},
      async ({ host }) => {
        const [one, other] = [
          new SampleTask('system', 'family:one'),
          new SampleTask('system', 'family:other'),
        ]
        const undo = host.tasks.register(one)
        const undoOther = host.tasks.register(other)
        const scope = { system: true } as const
        await (await host.tasks.runNow('family:other', scope, { actor })).ended
        expect([one.runs.length, other.runs.length]).toEqual([0, 1])
        await undo()
        expect(await host.tasks.read('family:one', scope)).toBeNull()
        expect((await host.tasks.read('family:other', scope))?.lastRun?.outcome).toBe('completed')
        await undoOther()
        const again = host.tasks.register(new SampleTask('system', 'family:other'))
        expect((await host.tasks.read('family:other', scope))?.lastRun?.outcome).toBe('completed')
        await again()
      },
    ))

  test('are aborted when the host stops', () => {
    const task = new SampleTask()
    return withTask(task, async (it) => {
      task.work = untilAborted
      const run = await it.host.tasks.runNow('sample', { tenant: it.tenants.first }, { actor })
      await it.stop()
      expect((await run.ended).outcome).toBe('cancelled')
      await it.start()
      const state = await it.host.tasks.read('sample', { tenant: it.tenants.first })
      expect(state?.lastRun?.outcome).toBe('cancelled')
    })
  })
}
