import { expect, test } from 'vitest'
import { nextDue } from '../../src/host/schedule.ts'
import type { MakeHarness } from './describe-host.ts'
import { type HostHarness, SampleTask, withHost } from './host-harness.ts'

/** Where the plugin sets schedules and the host keeps them. */
export function describeConfiguration(make: MakeHarness): void {
  const withTask = (task: SampleTask, work: (harness: HostHarness) => Promise<void>): Promise<void> =>
    withHost(make, (host) => host.tasks.register(task), work)

  test('are inactive, with the default schedule, until somebody configures them', () =>
    withTask(new SampleTask(), async ({ host, tenants: { first } }) => {
      const state = await host.tasks.read('sample', { tenant: first })
      expect(state).toMatchObject({
        active: false,
        schedule: { every: 'day', at: '02:30' },
        paused: null,
        lastRun: null,
        nextRunAt: null,
      })
    }))

  test('keep their configuration over a restart', () =>
    withTask(new SampleTask(), async (it) => {
      const scope = { tenant: it.tenants.first }
      const change = { active: true, schedule: { every: 'week', on: 'sunday', at: '04:05' } } as const
      const state = await it.host.tasks.configure('sample', scope, change)
      expect(state).toMatchObject(change)
      await it.stop()
      await it.start()
      expect(await it.host.tasks.read('sample', scope)).toMatchObject({
        ...change,
        nextRunAt: state.nextRunAt,
      })
    }))

  test('of the system are due in the zone of the host', () =>
    withTask(new SampleTask('system'), async ({ host }) => {
      const schedule = { every: 'day', at: '02:30' } as const
      const scope = { system: true } as const
      const state = await host.tasks.configure('system-sample', scope, { active: true, schedule })
      const timeZone = host.timeZone ?? 'UTC'
      const due = nextDue(schedule, { timeZone, after: host.clock.now(), lastStart: null })
      expect(state.nextRunAt).toBe(new Date(due).toISOString())
    }))

  test('refuse a schedule that makes no sense, and a scope without such a task', () =>
    withTask(new SampleTask(), async ({ host, tenants: { first } }) => {
      const schedule = { every: 'day', at: '25:00' } as const
      await expect(
        host.tasks.configure('sample', { tenant: first }, { active: true, schedule }),
      ).rejects.toThrow()
      const daily = { every: 'day', at: '02:30' } as const
      await expect(
        host.tasks.configure('sample', { system: true }, { active: true, schedule: daily }),
      ).rejects.toThrow()
    }))
}
