import { afterEach, describe, expect, it } from 'vitest'
import { type App, base, type Session, startApp } from '../support/app.ts'

const task = '/settings/admin/automate/tasks/backup'
const nightly = { automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } } }

let app: App
let admin: Session

async function start(now: string): Promise<void> {
  app = await startApp({ now: Date.parse(now) })
  admin = await app.signIn('demo-admin')
}

afterEach(() => app.stop())

async function save(change: object): Promise<void> {
  expect((await admin.post(`${base}/settings`, change)).status).toBe(200)
}

async function madeAt(): Promise<readonly string[]> {
  const { runs } = await admin.overview()
  return runs.map(({ startedAt }: { startedAt: string }) => startedAt.slice(0, 16)).reverse()
}

describe('automatic backups', () => {
  it('run every night at the time that was chosen, in the tenant’s time zone', async () => {
    await start('2026-11-20T11:00:00Z')
    await save(nightly)
    expect((await admin.overview()).automatic).toMatchObject({
      enabled: true,
      nextRunAt: expect.stringContaining('2026-11-21T01:30:00'),
    })
    await app.tickAt('2026-11-21T01:29:59Z')
    expect(await madeAt()).toEqual([])
    await app.tickAt('2026-11-21T01:30:00Z')
    await app.tickAt('2026-11-21T01:30:01Z')
    await app.tickAt('2026-11-22T01:30:00Z')
    expect(await madeAt()).toEqual(['2026-11-21T01:30', '2026-11-22T01:30'])
    const { backups, automatic } = await admin.overview()
    expect(
      backups.map(({ trigger, createdBy }: { trigger: string; createdBy: null }) => [trigger, createdBy]),
    ).toEqual([
      ['scheduled', null],
      ['scheduled', null],
    ])
    expect(automatic.lastSuccessAt).toContain('2026-11-22T01:30')
  })

  it.each([
    ['23 hours', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['25 hours', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
  ])('run once on a day of %s', async (_, from, expected) => {
    await start(from)
    await save(nightly)
    for (let hour = 0; hour <= 48 * 4; hour++) await app.tickAt(Date.parse(from) + hour * 900_000)
    expect(await madeAt()).toEqual(expected)
  })

  it('keep as many as the settings say, and what was made by hand', async () => {
    await start('2026-11-20T11:00:00Z')
    await admin.backUp('by hand')
    await save({ ...nightly, retention: { maxCount: 2 } })
    for (const day of [21, 22, 23, 24]) await app.tickAt(`2026-11-${day}T01:30:00Z`)
    const { backups } = await admin.overview()
    expect(backups.map(({ createdAt }: { createdAt: string }) => createdAt.slice(0, 10))).toEqual([
      '2026-11-24',
      '2026-11-23',
      '2026-11-20',
    ])
    const removed = (await admin.logged()).filter(({ action }) => action === 'backup.remove')
    expect(removed).toHaveLength(2)
    expect(app.files().filter((name) => name.endsWith('.json'))).toHaveLength(3)
  })

  it('do not run while AUTOMATE is paused, are not made up for, and go on after resume', async () => {
    await start('2026-11-20T11:00:00Z')
    await save(nightly)
    const operator = await app.signIn('admin')
    expect((await operator.post('/settings/admin/automate/pause')).status).toBe(200)
    await app.tickAt('2026-11-21T01:30:00Z')
    const paused = await admin.overview()
    expect(paused.runs).toEqual([])
    expect(paused.automatic).toMatchObject({
      pausedBy: 'admin',
      pausedSince: '2026-11-20T11:00:00.000Z',
      nextRunAt: null,
    })
    expect(paused.health).toContainEqual(
      expect.objectContaining({
        code: 'automate-paused',
        message: expect.stringContaining('paused by admin since'),
      }),
    )
    await operator.post('/settings/admin/automate/resume')
    await app.tickAt('2026-11-21T12:00:00Z')
    expect(await madeAt()).toEqual([])
    await app.tickAt('2026-11-22T01:30:00Z')
    expect(await madeAt()).toEqual(['2026-11-22T01:30'])
  })

  it('show what was changed on the AUTOMATE page, and health says that somebody switched them off there', async () => {
    await start('2026-11-20T11:00:00Z')
    await save(nightly)
    const schedule = { every: 'hours', count: 6 }
    expect((await admin.post(task, { active: true, schedule })).status).toBe(200)
    expect(await admin.overview()).toMatchObject({
      automatic: { enabled: true, schedule },
      settings: { automatic: { enabled: true, schedule } },
    })
    await admin.post(task, { active: false, schedule })
    const { automatic, settings, health } = await admin.overview()
    expect([automatic.enabled, settings.automatic.enabled]).toEqual([false, false])
    expect(health).toContainEqual(expect.objectContaining({ code: 'task-inactive' }))
    await app.tickAt('2026-11-22T11:00:00Z')
    expect(await madeAt()).toEqual([])
  })

  it('stop when the settings switch them off', async () => {
    await start('2026-11-20T11:00:00Z')
    await save(nightly)
    await save({ automatic: { enabled: false } })
    await app.tickAt('2026-11-22T11:00:00Z')
    expect(await madeAt()).toEqual([])
    expect((await admin.overview()).automatic).toMatchObject({ enabled: false, nextRunAt: null })
  })

  it('are made up for once when the host was down', async () => {
    await start('2026-11-20T11:00:00Z')
    await save(nightly)
    await app.tickAt('2026-11-20T12:00:00Z')
    await app.halt()
    app.clock.at = Date.parse('2026-11-23T09:00:00Z')
    await app.start()
    await app.tickAt('2026-11-23T09:00:01Z')
    await app.tickAt('2026-11-23T09:00:02Z')
    admin = await app.signIn('demo-admin')
    expect(await madeAt()).toEqual(['2026-11-23T09:00'])
    const page = await (await admin.get('/settings/admin/automate', { accept: 'text/html' })).text()
    expect(page).toMatch(/made up for/i)
  })

  it('wait for a run by hand instead of failing, and never overlap', async () => {
    await start('2026-11-20T11:00:00Z')
    await save(nightly)
    app.clock.at = Date.parse('2026-11-21T01:30:00Z')
    const byHand = await admin.post(`${base}/create`)
    expect(byHand.status).toBe(202)
    await app.host.tick()
    await app.host.tick()
    await app.host.idle()
    const { backups, runs } = await admin.overview()
    expect(backups.map(({ trigger }: { trigger: string }) => trigger).sort()).toEqual(['manual', 'scheduled'])
    expect(runs.map(({ status }: { status: string }) => status)).toEqual(['completed', 'completed'])
    const [later, earlier] = runs
    expect(later.startedAt >= earlier.startedAt).toBe(true)
  })

  it('survive a restart with settings, task and list as they were', async () => {
    await start('2026-11-20T11:00:00Z')
    await save({ ...nightly, retention: { maxAgeDays: 90 } })
    await admin.backUp()
    const before = await admin.overview()
    await app.halt()
    await app.start()
    admin = await app.signIn('demo-admin')
    const after = await admin.overview()
    for (const part of ['backups', 'runs', 'automatic', 'settings']) expect(after[part]).toEqual(before[part])
  })
})

describe('a backup that the host asks for', () => {
  it('waits for the run in flight and then makes a fresh one, with trigger and note', async () => {
    await start('2026-11-20T11:00:00Z')
    await admin.post(`${base}/create`)
    const contract = [...app.host.contractHosts.values()][0]
    const run = await contract?.tasks.runNow(
      'backup',
      { tenant: 'demo' },
      {
        actor: { id: 'updater', name: 'Updater' },
        parameters: { trigger: 'before-update', note: '4.2 to 4.3' },
      },
    )
    expect(await run?.ended).toMatchObject({ outcome: 'completed' })
    const { backups } = await admin.overview()
    expect(backups).toHaveLength(2)
    expect(backups[0]).toMatchObject({ trigger: 'before-update', note: '4.2 to 4.3', createdBy: 'Updater' })
  })

  it('fails with a clear message for a trigger that does not exist', async () => {
    await start('2026-11-20T11:00:00Z')
    const contract = [...app.host.contractHosts.values()][0]
    const actor = { id: 'updater', name: 'Updater' }
    const run = await contract?.tasks.runNow(
      'backup',
      { tenant: 'demo' },
      { actor, parameters: { trigger: 'scheduled' } },
    )
    expect(await run?.ended).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('before-update'),
    })
    expect((await admin.overview()).backups).toEqual([])
  })
})

describe('stopping the host', () => {
  it('ends a run cleanly: cancelled, nothing half-made, and the next start has nothing to mend', async () => {
    await start('2026-11-20T11:00:00Z')
    const { run } = (await (await admin.post(`${base}/create`)).json()) as { run: { id: string } }
    await app.halt()
    await app.start()
    admin = await app.signIn('demo-admin')
    const entries = (await admin.logged()).filter(({ id }) => id === run.id)
    expect(entries).toHaveLength(1)
    expect(['cancelled', 'success']).toContain(entries[0].outcome)
    const { backups, runs } = await admin.overview()
    expect(backups).toHaveLength(entries[0].outcome === 'success' ? 1 : 0)
    expect(runs.every(({ endedAt }: { endedAt: string | null }) => endedAt !== null)).toBe(true)
    expect((await admin.backUp()).status).toBe('completed')
  })
})
