import { expect, test } from 'vitest'
import type { Schedule } from '../../src/host/contract.ts'
import type { MakeHarness } from './describe-host.ts'
import { actor, deferred, type HostHarness, SampleTask, withHost } from './host-harness.ts'

const nightly: Schedule = { every: 'day', at: '02:30' }

/** Berlin's winter time is an hour ahead of UTC: 02:30 there is 01:30Z. */
export function describeSchedule(make: MakeHarness): void {
  const withActive = (
    task: SampleTask,
    schedule: Schedule,
    work: (harness: HostHarness) => Promise<void>,
    from = '2026-11-20T12:00:00Z',
  ): Promise<void> =>
    withHost(
      make,
      (host) => host.tasks.register(task),
      async (harness) => {
        harness.setClock(from)
        await harness.host.tasks.configure(
          'sample',
          { tenant: harness.tenants.first },
          { active: true, schedule },
        )
        await work(harness)
      },
    )
  /** Every minute of so many hours, as a real scheduler would look. */
  const pass = async (harness: HostHarness, hours: number, step = 10): Promise<void> => {
    for (let minutes = 0; minutes < hours * 60; minutes += step) {
      harness.advance(step)
      await harness.tick()
      await harness.idle()
    }
  }
  const stateOf = async ({ host, tenants: { first } }: HostHarness) => {
    const state = await host.tasks.read('sample', { tenant: first })
    if (state === null) throw new Error('The task is gone')
    return state
  }

  test('starts a task when it is due, in its zone, once', () => {
    const task = new SampleTask()
    return withActive(task, nightly, async (it) => {
      expect((await stateOf(it)).nextRunAt).toBe('2026-11-21T01:30:00.000Z')
      it.setClock('2026-11-21T01:29:59Z')
      await it.tick()
      await it.idle()
      expect(task.runs).toHaveLength(0)
      it.setClock('2026-11-21T01:30:00Z')
      await it.tick()
      await it.tick()
      await it.idle()
      await it.tick()
      await it.idle()
      expect(task.runs).toHaveLength(1)
      expect(task.runs[0]).toMatchObject({
        scope: { tenant: it.tenants.first },
        cause: 'schedule',
        actor: null,
        parameters: {},
      })
      expect((await stateOf(it)).nextRunAt).toBe('2026-11-22T01:30:00.000Z')
    })
  })

  test.each([
    ['23 hours', '2026-03-28T22:30:00Z'],
    ['25 hours', '2026-10-24T21:30:00Z'],
    ['24 hours', '2026-11-20T22:30:00Z'],
  ])('starts a task once on a day of %s', (_hours, evening) => {
    const task = new SampleTask()
    return withActive(
      task,
      nightly,
      (it) => pass(it, 25).then(() => expect(task.causes).toEqual(['schedule'])),
      evening,
    )
  })

  test('starts an interval after the start of the last run', () => {
    const task = new SampleTask()
    return withActive(task, { every: 'hours', count: 6 }, async (it) => {
      await pass(it, 6)
      expect(task.causes).toEqual(['schedule'])
      it.advance(60)
      await (await it.host.tasks.runNow('sample', { tenant: it.tenants.first }, { actor })).ended
      await pass(it, 5)
      expect(task.causes).toEqual(['schedule', 'request'])
      await pass(it, 1)
      expect(task.causes).toEqual(['schedule', 'request', 'schedule'])
    })
  })

  test('starts weekly and monthly tasks on their day', () => {
    const task = new SampleTask()
    return withActive(task, { every: 'week', on: 'monday', at: '02:30' }, async (it) => {
      expect((await stateOf(it)).nextRunAt).toBe('2026-11-23T01:30:00.000Z')
      const monthly = { every: 'month', on: 31, at: '02:30' } as const
      const scope = { tenant: it.tenants.first }
      const state = await it.host.tasks.configure('sample', scope, { active: true, schedule: monthly })
      expect(state.nextRunAt).toBe('2026-11-30T01:30:00.000Z')
      it.setClock('2026-11-30T01:30:00Z')
      await it.tick()
      await it.idle()
      expect(task.causes).toEqual(['schedule'])
    })
  })

  test('starts nothing that is inactive, and does not make up for it', () => {
    const task = new SampleTask()
    return withActive(task, nightly, async (it) => {
      const scope = { tenant: it.tenants.first }
      const state = await it.host.tasks.configure('sample', scope, { active: false, schedule: nightly })
      expect(state.nextRunAt).toBeNull()
      await pass(it, 24, 60)
      await it.host.tasks.configure('sample', scope, { active: true, schedule: nightly })
      await it.tick()
      await it.idle()
      expect(task.runs).toHaveLength(0)
    })
  })

  test('starts nothing while all are paused, says so, and does not make up for it', () => {
    const task = new SampleTask()
    return withActive(task, nightly, async (it) => {
      await it.pauseAll()
      const { paused, nextRunAt } = await stateOf(it)
      expect(paused).toMatchObject({ since: '2026-11-20T12:00:00.000Z' })
      expect(paused?.by).not.toBe('')
      expect(nextRunAt).toBeNull()
      await pass(it, 24, 60)
      await it.stop()
      await it.start()
      expect((await stateOf(it)).paused).toEqual(paused)
      await it.resumeAll()
      await it.tick()
      await it.idle()
      expect(task.runs).toHaveLength(0)
      expect(await stateOf(it)).toMatchObject({ paused: null, nextRunAt: '2026-11-22T01:30:00.000Z' })
      await pass(it, 24, 60)
      expect(task.causes).toEqual(['schedule'])
    })
  })

  test('lets a run in flight end when all are paused', () => {
    const task = new SampleTask()
    return withActive(task, nightly, async (it) => {
      const gate = deferred()
      task.work = async ({ signal }) => {
        await gate.promise
        return { outcome: signal.aborted ? 'cancelled' : 'completed', message: 'done' }
      }
      it.setClock('2026-11-21T01:30:00Z')
      await it.tick()
      await it.pauseAll()
      gate.resolve()
      await it.idle()
      expect((await stateOf(it)).lastRun?.outcome).toBe('completed')
    })
  })

  test('makes up once for what was due while the host was down, and says so', () => {
    const task = new SampleTask()
    return withActive(task, nightly, async (it) => {
      await it.stop()
      it.setClock('2026-11-24T08:00:00Z')
      await it.start()
      await it.tick()
      await it.idle()
      await pass(it, 2)
      expect(task.causes).toEqual(['missed'])
      expect((await stateOf(it)).lastRun).toMatchObject({ cause: 'missed', outcome: 'completed' })
      await it.stop()
      await it.start()
      await it.tick()
      await it.idle()
      expect(task.causes).toEqual(['missed'])
      await pass(it, 24, 60)
      expect(task.causes).toEqual(['missed', 'schedule'])
    })
  })

  test('makes up for nothing when nothing was due while the host was down', () => {
    const task = new SampleTask()
    return withActive(task, nightly, async (it) => {
      await it.stop()
      it.advance(60)
      await it.start()
      await it.tick()
      await it.idle()
      expect(task.runs).toHaveLength(0)
    })
  })

  test('never lets two ticks start the same moment, nor a run begin while one is in flight', () => {
    const task = new SampleTask()
    return withActive(task, { every: 'minutes', count: 1 }, async (it) => {
      const gate = deferred()
      task.work = async () => {
        await gate.promise
        return { outcome: 'completed', message: 'done' }
      }
      for (let minute = 0; minute < 5; minute++) {
        it.advance(1)
        await Promise.all([it.tick(), it.tick()])
      }
      expect(task.runs).toHaveLength(1)
      gate.resolve()
      await it.idle()
      expect(task.mostAtOnce).toBe(1)
    })
  })

  test('starts no moment twice because the clock was set back, nor falls silent', () => {
    const task = new SampleTask()
    return withActive(task, nightly, async (it) => {
      it.setClock('2026-11-21T01:30:00Z')
      await it.tick()
      await it.idle()
      it.setClock('2026-11-21T01:00:00Z')
      await pass(it, 2)
      expect(task.runs).toHaveLength(1)
      it.setClock('2026-11-24T12:00:00Z')
      await it.tick()
      await it.idle()
      expect(task.runs).toHaveLength(2)
      it.setClock('2025-11-24T12:00:00Z')
      await it.tick()
      await pass(it, 24, 60)
      expect(task.runs).toHaveLength(3)
    })
  })

  test('goes on with intervals when the clock was set back', () => {
    const task = new SampleTask()
    return withActive(task, { every: 'hours', count: 1 }, async (it) => {
      await pass(it, 1)
      it.setClock('2026-11-10T12:00:00Z')
      await it.tick()
      await pass(it, 1)
      expect(task.runs).toHaveLength(2)
    })
  })
}
