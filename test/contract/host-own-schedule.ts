import { expect, test } from 'vitest'
import type { MakeHarness } from './describe-host.ts'
import { deferred, type HostHarness, type OwnSchedule, SampleTask, withHost } from './host-harness.ts'

const daily = { every: 'day', at: '02:30' } as const

/** Where people set schedules up at the host itself. */
export function describeOwnSchedule(make: MakeHarness): void {
  const withTask = (
    task: SampleTask,
    work: (harness: HostHarness & { readonly ownSchedule: OwnSchedule }) => Promise<void>,
  ): Promise<void> =>
    withHost(
      make,
      (host) => host.tasks.register(task),
      async (it) => {
        const { ownSchedule } = it
        if (!ownSchedule) throw new Error('The harness has no schedule of its own')
        await work(Object.assign(it, { ownSchedule }))
      },
    )
  const stateOf = async ({ host, tenants: { first } }: HostHarness) => {
    const state = await host.tasks.read('sample', { tenant: first })
    if (state === null) throw new Error('The task is gone')
    return state
  }

  test('says whether anything starts the task, leads to it, and is not changed from outside', () =>
    withTask(new SampleTask(), async (it) => {
      expect(await stateOf(it)).toMatchObject({ active: false, paused: null, lastRun: null, nextRunAt: null })
      await it.ownSchedule.setActive(true)
      const { active, link } = await stateOf(it)
      expect(active).toBe(true)
      expect(link?.startsWith(`${it.host.routes.base}/`)).toBe(true)
      const scope = { tenant: it.tenants.first }
      await expect(
        it.host.tasks.configure('sample', scope, { active: false, schedule: daily }),
      ).rejects.toThrow()
      await it.ownSchedule.setActive(false)
      expect((await stateOf(it)).active).toBe(false)
    }))

  test('starts the task when it is due, for nobody in particular', () => {
    const task = new SampleTask()
    return withTask(task, async (it) => {
      await it.ownSchedule.setActive(true)
      await it.ownSchedule.due()
      await it.idle()
      expect(task.runs).toHaveLength(1)
      expect(task.runs[0]).toMatchObject({
        scope: { tenant: it.tenants.first },
        cause: 'schedule',
        actor: null,
        parameters: {},
      })
      expect((await stateOf(it)).lastRun).toMatchObject({ outcome: 'completed', cause: 'schedule' })
    })
  })

  test('starts nothing once the task was taken out, and again when it was put back', () => {
    const task = new SampleTask()
    return withTask(task, async (it) => {
      await it.ownSchedule.setActive(true)
      await it.ownSchedule.setActive(false)
      await it.ownSchedule.due()
      await it.idle()
      expect(task.runs).toHaveLength(0)
      await it.ownSchedule.setActive(true)
      await it.ownSchedule.due()
      await it.idle()
      expect(task.runs).toHaveLength(1)
    })
  })

  test('starts nothing while all are paused, says since when, and makes up for nothing afterwards', () => {
    const task = new SampleTask()
    return withTask(task, async (it) => {
      await it.ownSchedule.setActive(true)
      await it.pauseAll()
      await it.ownSchedule.due()
      await it.idle()
      const { paused, nextRunAt, active } = await stateOf(it)
      expect(paused?.since).toBe(new Date(it.host.clock.now()).toISOString())
      expect([nextRunAt, active]).toEqual([null, true])
      await it.resumeAll()
      await it.idle()
      expect(task.runs).toHaveLength(0)
      expect((await stateOf(it)).paused).toBeNull()
      await it.ownSchedule.due()
      await it.idle()
      expect(task.runs).toHaveLength(1)
    })
  })

  test('stays paused over a restart, since the same moment', () =>
    withTask(new SampleTask(), async (it) => {
      await it.ownSchedule.setActive(true)
      await it.pauseAll()
      const { paused } = await stateOf(it)
      await it.stop()
      it.advance(90)
      await it.start()
      expect(paused).not.toBeNull()
      expect((await stateOf(it)).paused).toEqual(paused)
    }))

  test('never lets two runs overlap, nor piles them up', () => {
    const task = new SampleTask()
    return withTask(task, async (it) => {
      const gate = deferred()
      task.work = async () => {
        await gate.promise
        return { outcome: 'completed', message: 'done' }
      }
      await it.ownSchedule.setActive(true)
      for (let times = 0; times < 6; times++) await it.ownSchedule.due()
      await expect.poll(() => task.runs.length).toBe(1)
      gate.resolve()
      await it.idle()
      expect(task.mostAtOnce).toBe(1)
      expect(task.runs.length).toBeLessThanOrEqual(2)
    })
  })
}
