import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lineLogger } from '../../../hosts/embedded/log.ts'
import { Scheduler } from '../../../hosts/embedded/scheduler/scheduler.ts'
import { TaskStore } from '../../../hosts/embedded/scheduler/task-store.ts'
import { Facts, openHostDatabase } from '../../../hosts/embedded/store/host-database.ts'
import { TenantDirectory } from '../../../hosts/embedded/tenants/tenant-directory.ts'
import { actor, SampleTask } from '../../contract/host-harness.ts'
import { HandClock, twoTenants } from '../../support/embedded-host.ts'

async function schedulerOnSmallDisk() {
  const dataDir = await mkdtemp(join(tmpdir(), 'small-disk-'))
  const database = openHostDatabase(dataDir)
  onTestFinished(async () => {
    database.close()
    await rm(dataDir, { recursive: true })
  })
  const clock = new HandClock('2026-11-20T12:00:00Z')
  const lines: string[] = []
  const logger = lineLogger('host', clock, (line) => lines.push(line))
  const parts = { store: new TaskStore(database), facts: new Facts(database), clock, logger, timeZone: 'UTC' }
  const tenants = new TenantDirectory(dataDir, twoTenants.tenants)
  const scheduler = new Scheduler({ ...parts, tenants })
  // SQLite answers SQLITE_READONLY instead of SQLITE_FULL; to the scheduler both are a write that fails.
  const full = (is: boolean): void => void database.pragma(`query_only = ${is ? 1 : 0}`)
  return { scheduler, clock, lines, full }
}

const schedule = { every: 'day', at: '02:30' } as const

test('the scheduler outlives a disk that is full when a task is due, and starts it when there is room', async () => {
  const { scheduler, clock, lines, full } = await schedulerOnSmallDisk()
  const task = new SampleTask()
  scheduler.register(task)
  scheduler.configure('sample', 'tenant:demo', { active: true, schedule })
  clock.set('2026-11-21T01:30:00Z')
  full(true)
  for (let i = 0; i < 3; i++) scheduler.tick()
  await scheduler.idle()
  expect(task.runs).toHaveLength(0)
  expect(lines.filter((line) => line.includes("can't be written"))).toHaveLength(1)
  const asked = scheduler.runNow('sample', 'tenant:demo', { actor, parameters: {} })
  expect((await asked.ended).outcome).toBe('failed')
  full(false)
  scheduler.tick()
  await scheduler.idle()
  scheduler.tick()
  await scheduler.idle()
  expect(task.causes).toEqual(['schedule'])
})

test('the end of a run is written down later when the disk was full at its end', async () => {
  const { scheduler, clock, full } = await schedulerOnSmallDisk()
  const task = new SampleTask()
  task.work = async () => {
    full(true)
    return { outcome: 'failed', message: 'no space' }
  }
  scheduler.register(task)
  const run = scheduler.runNow('sample', 'tenant:demo', { actor, parameters: {} })
  expect((await run.ended).outcome).toBe('failed')
  expect(scheduler.read('sample', 'tenant:demo').lastRun?.endedAt).toBeNull()
  full(false)
  clock.advance({ minutes: 1 })
  scheduler.tick()
  expect(scheduler.read('sample', 'tenant:demo').lastRun).toMatchObject({
    endedAt: Date.parse('2026-11-20T12:00:00Z'),
    outcome: 'failed',
    message: 'no space',
  })
})
