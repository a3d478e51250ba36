import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TenantEntry } from '../../../hosts/embedded/config/host-file-schema.ts'
import type { Schedule } from '../../../src/host/contract.ts'
import { actor, deferred, SampleTask, untilAborted } from '../../contract/host-harness.ts'
import { inlinePlugin, startTestHost, type TestHost, twoTenants } from '../../support/embedded-host.ts'

const nightly: Schedule = { every: 'day', at: '02:30' }
const due = '2026-11-21T01:30:00Z'

async function hostWith(task: SampleTask, more: Parameters<typeof startTestHost>[0] = {}): Promise<TestHost> {
  const it = await startTestHost({ plugins: [inlinePlugin((host) => host.tasks.register(task))], ...more })
  onTestFinished(() => it.end())
  return it
}

const tasksOf = (it: TestHost) => it.host.contractHosts.get('automate-plugin-sample')!.tasks

describe('the scheduler', () => {
  test('spreads the starts of many tenants, and forgets none', async () => {
    const task = new SampleTask()
    const tenants = Array.from(
      { length: 12 },
      (_, i): TenantEntry => ({
        ...twoTenants.tenants[0]!,
        id: `t${i}`,
        root: `tenants/t${i}`,
        databases: [],
      }),
    )
    const gates = new Map<string, () => void>()
    task.work = async ({ scope }) => {
      const gate = deferred()
      gates.set('tenant' in scope ? scope.tenant : '', gate.resolve)
      await gate.promise
      return { outcome: 'completed', message: 'done' }
    }
    const it = await hostWith(task, { config: { ...twoTenants, tenants, users: [twoTenants.users[0]!] } })
    for (const { id } of tenants)
      await tasksOf(it).configure('sample', { tenant: id }, { active: true, schedule: nightly })
    it.clock.set(due)
    await it.host.tick()
    let most = 0
    while (task.runs.length < tenants.length || gates.size > 0) {
      most = Math.max(most, gates.size)
      const [next] = gates
      if (next !== undefined) {
        gates.delete(next[0])
        next[1]()
      }
      await new Promise(setImmediate)
    }
    await it.host.idle()
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(4)
    expect(new Set(task.runs.map((run) => JSON.stringify(run.scope))).size).toBe(12)
  })

  test('lets what somebody asked for pass the queue of the night', async () => {
    const task = new SampleTask()
    task.work = untilAborted
    const it = await hostWith(task, {
      config: {
        ...twoTenants,
        tenants: ['a', 'b', 'c', 'd', 'e'].map((id) => ({
          ...twoTenants.tenants[0]!,
          id,
          root: id,
          databases: [],
        })),
        users: [twoTenants.users[0]!],
      },
    })
    for (const tenant of ['a', 'b', 'c', 'd'])
      await tasksOf(it).configure('sample', { tenant }, { active: true, schedule: nightly })
    it.clock.set(due)
    await it.host.tick()
    await tasksOf(it).runNow('sample', { tenant: 'e' }, { actor })
    await new Promise(setImmediate)
    expect(task.runs.map((run) => run.cause)).toEqual(['schedule', 'schedule', 'schedule', 'request'])
  })

  test('drops what waits for a place when all are paused', async () => {
    const task = new SampleTask()
    const gate = deferred()
    task.work = async () => {
      await gate.promise
      return { outcome: 'completed', message: 'done' }
    }
    const tenants = Array.from({ length: 6 }, (_, i) => ({
      ...twoTenants.tenants[0]!,
      id: `t${i}`,
      root: `t${i}`,
      databases: [],
    }))
    const it = await hostWith(task, { config: { ...twoTenants, tenants, users: [twoTenants.users[0]!] } })
    for (const { id } of tenants)
      await tasksOf(it).configure('sample', { tenant: id }, { active: true, schedule: nightly })
    it.clock.set(due)
    await it.host.tick()
    const admin = await it.signIn('admin')
    await admin.post('/settings/admin/automate/pause')
    gate.resolve()
    await it.host.idle()
    expect(task.runs).toHaveLength(3)
    await admin.post('/settings/admin/automate/resume')
    await it.host.tick()
    await it.host.idle()
    expect(task.runs).toHaveLength(3)
  })

  test('makes up, once, for a scheduled run that the stop of the host cut off', async () => {
    const task = new SampleTask()
    task.work = untilAborted
    const it = await hostWith(task)
    await tasksOf(it).configure('sample', { tenant: 'demo' }, { active: true, schedule: nightly })
    it.clock.set(due)
    await it.host.tick()
    await it.restart(() => it.clock.advance({ hours: 6 }))
    await it.host.tick()
    await new Promise(setImmediate)
    expect(task.causes).toEqual(['schedule', 'missed'])
    await it.restart()
    await it.host.tick()
    await new Promise(setImmediate)
    expect(task.causes).toEqual(['schedule', 'missed'])
    expect((await tasksOf(it).read('sample', { tenant: 'demo' }))?.nextRunAt).toBe('2026-11-22T01:30:00.000Z')
  })

  test('closes a run that a kill of the host cut off, and makes up for it once', async () => {
    const task = new SampleTask()
    task.work = untilAborted
    const it = await hostWith(task)
    await tasksOf(it).configure('sample', { tenant: 'demo' }, { active: true, schedule: nightly })
    it.clock.set(due)
    await it.host.tick()
    it.clock.advance({ minutes: 5 })
    await it.host.tick()
    // What a kill leaves behind; copied by another process, because closing a copy here would drop the host's locks.
    const killed = await mkdtemp(join(tmpdir(), 'killed-host-'))
    onTestFinished(() => rm(killed, { recursive: true }))
    await promisify(execFile)('cp', ['-r', `${it.dataDir}/.`, killed])
    await it.host.stop()
    it.clock.advance({ hours: 6 })
    await it.restart(() => {}, { dataDir: killed })
    const state = await tasksOf(it).read('sample', { tenant: 'demo' })
    expect(state?.lastRun).toEqual({
      startedAt: '2026-11-21T01:30:00.000Z',
      endedAt: '2026-11-21T01:35:00.000Z',
      outcome: 'failed',
      cause: 'schedule',
    })
    await it.host.tick()
    await new Promise(setImmediate)
    expect(task.causes).toEqual(['schedule', 'missed'])
  })

  test('does not make up for a run that somebody cancelled or asked for', async () => {
    const task = new SampleTask()
    task.work = untilAborted
    const it = await hostWith(task)
    await tasksOf(it).configure('sample', { tenant: 'demo' }, { active: true, schedule: nightly })
    await tasksOf(it).runNow('sample', { tenant: 'demo' }, { actor })
    await it.restart()
    it.clock.set(due)
    await it.host.tick()
    const admin = await it.signIn('admin')
    await admin.post('/settings/admin/automate/tasks/sample/cancel', { tenant: 'demo' })
    await it.host.idle()
    await it.restart()
    await it.host.tick()
    await it.host.idle()
    expect(task.causes).toEqual(['request', 'schedule'])
  })

  test('aborts what runs as soon as the host stops, and starts nothing that waits', async () => {
    const task = new SampleTask()
    task.work = untilAborted
    const seen: string[] = []
    const it = await startTestHost({
      plugins: [
        inlinePlugin((host) => {
          host.tasks.register(task)
          return async () => {
            seen.push(`aborted ${task.runs[0]?.signal.aborted}`)
            const late = await host.tasks.runNow('sample', { tenant: 'demo' }, { actor })
            seen.push((await late.ended).outcome)
          }
        }),
      ],
    })
    onTestFinished(() => it.end())
    const ask = () => tasksOf(it).runNow('sample', { tenant: 'demo' }, { actor })
    const [inFlight, queued] = [await ask(), await ask()]
    await new Promise(setImmediate)
    await it.host.stop()
    expect(seen).toEqual(['aborted true', 'cancelled'])
    expect((await inFlight.ended).outcome).toBe('cancelled')
    expect((await queued.ended).outcome).toBe('cancelled')
    expect(task.runs).toHaveLength(1)
  })

  test.each([undefined, {}, { outcome: 'fine', message: 'x' }])(
    'takes a task that ends with %j for failed',
    async (result) => {
      const task = new SampleTask()
      task.work = async () => result as never
      const it = await hostWith(task)
      const run = await tasksOf(it).runNow('sample', { tenant: 'demo' }, { actor })
      expect(await run.ended).toEqual({ outcome: 'failed', message: 'The task ended without an outcome' })
      expect((await tasksOf(it).read('sample', { tenant: 'demo' }))?.lastRun?.outcome).toBe('failed')
    },
  )

  test('says on its page that a run made up for one that was missed', async () => {
    const it = await hostWith(new SampleTask())
    await tasksOf(it).configure('sample', { tenant: 'demo' }, { active: true, schedule: nightly })
    await it.restart(() => it.clock.set('2026-11-21T09:00:00Z'))
    await it.host.tick()
    await it.host.idle()
    const { text } = await (await it.signIn('demo-admin')).page('/settings/admin/automate')
    expect(text).toContain('made up for, the host was down when it was due')
    expect(text).toContain('Sat, 21 Nov 2026, 10:00')
  })

  test('keeps a pause that began before the host went down, and makes up for nothing of it', async () => {
    const task = new SampleTask()
    const it = await hostWith(task)
    await tasksOf(it).configure('sample', { tenant: 'demo' }, { active: true, schedule: nightly })
    await (await it.signIn('admin')).post('/settings/admin/automate/pause')
    await it.restart(() => it.clock.set('2026-11-22T09:00:00Z'))
    await it.host.tick()
    await (await it.signIn('admin')).post('/settings/admin/automate/resume')
    await it.host.tick()
    await it.host.idle()
    expect(task.runs).toHaveLength(0)
  })

  test('reads a time in the zone of the tenant that it belongs to', async () => {
    const it = await hostWith(new SampleTask())
    const state = await tasksOf(it).configure(
      'sample',
      { tenant: 'other' },
      { active: true, schedule: nightly },
    )
    expect(state.nextRunAt).toBe('2026-11-21T07:30:00.000Z')
  })

  test('saving the same schedule again does not put a due run off', async () => {
    const task = new SampleTask()
    const it = await hostWith(task)
    const configure = () =>
      tasksOf(it).configure('sample', { tenant: 'demo' }, { active: true, schedule: { ...nightly } })
    await configure()
    it.clock.set(due)
    await configure()
    await it.host.tick()
    await it.host.idle()
    expect(task.causes).toEqual(['schedule'])
  })

  test('a task of a tenant that was removed rests, and goes on when the tenant is back', async () => {
    const { writeFile } = await import('node:fs/promises')
    const task = new SampleTask()
    const it = await hostWith(task)
    await tasksOf(it).configure('sample', { tenant: 'other' }, { active: true, schedule: nightly })
    const without = {
      tenants: [twoTenants.tenants[0]],
      users: twoTenants.users.filter((user) => user.tenant !== 'other'),
    }
    await it.host.stop()
    await writeFile(`${it.dataDir}/host.json`, JSON.stringify(without))
    await it.restart(() => it.clock.set('2026-11-22T12:00:00Z'))
    await it.host.tick()
    await it.host.idle()
    expect(task.runs).toHaveLength(0)
    expect(await tasksOf(it).read('sample', { tenant: 'other' })).toBeNull()
    await it.host.stop()
    await writeFile(`${it.dataDir}/host.json`, JSON.stringify(twoTenants))
    await it.restart()
    await it.host.tick()
    await it.host.idle()
    expect(task.causes).toEqual(['missed'])
  })
})
