import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually, type Session, startApp } from '../support/app.ts'
import {
  Installation,
  ran,
  scheduled,
  storedSettings,
  systemBase,
  systemOverview,
} from '../support/system-backups.ts'

const canary = 'canary-9f2c-Secret'

async function start(profile: object, more: Parameters<typeof startApp>[0] = {}) {
  const place = new Installation()
  const app = await startApp({ ...more, operator: { profiles: [place.profile(profile)] } })
  onTestFinished(async () => {
    await app.stop()
    place.remove()
  })
  return { app, place, operator: await app.signIn('admin') }
}

describe('the schedule of a profile', () => {
  it('makes Backup_…Z.zip every night, and keeps as many as it should', async () => {
    const { app, place, operator } = await start({
      name: 'Backup_{yyyyMMdd_HHmm}Z.zip',
      automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } },
      retention: { maxCount: 2 },
    })
    await scheduled(operator)
    for (const day of ['21', '22', '23', '24']) await app.tickAt(`2026-11-${day}T02:30:05Z`)
    expect(place.archives()).toEqual(['Backup_20261123_0230Z.zip', 'Backup_20261124_0230Z.zip'])
    const { profiles } = await systemOverview(operator)
    expect(profiles[0].backups.map(({ trigger }: { trigger: string }) => trigger)).toEqual([
      'scheduled',
      'scheduled',
    ])
    expect(profiles[0].automatic.nextRunAt).toBe('2026-11-25T02:30:00.000Z')
    const removed = (await operator.logged()).filter(({ action }) => action === 'backup.remove')
    expect(removed.map(({ target }) => target).sort()).toEqual([
      'Backup_20261121_0230Z.zip',
      'Backup_20261122_0230Z.zip',
    ])
  })

  it('starts from the file alone, also after a restart, and a second one in one minute never collides', async () => {
    const { app, place, operator } = await start({ name: 'Backup_{yyyyMMdd_HHmm}Z.zip' })
    await ran(operator, '/create')
    await ran(operator, '/create')
    expect(place.archives()).toEqual(['Backup_20261120_1100Z-2.zip', 'Backup_20261120_1100Z.zip'])
    const settings = { automatic: { enabled: true, schedule: { every: 'hours', count: 1 } } }
    app.setOperator({ profiles: [place.profile({ name: 'Backup_{yyyyMMdd_HHmm}Z.zip', ...settings })] })
    await app.halt()
    await app.start()
    await scheduled(await app.signIn('admin'))
    await app.tickAt('2026-11-20T12:30:00Z')
    expect(place.archives()).toContain('Backup_20261120_1230Z.zip')
  })

  it('fails with the reason, tells it once, and does not go on silently, when a source is gone', async () => {
    const { app, operator } = await start({
      sources: [{ kind: 'directory', path: '/nowhere/at/all' }],
      automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } },
    })
    await scheduled(operator)
    await app.tickAt('2026-11-21T02:30:05Z')
    const { profiles } = await systemOverview(operator)
    expect(profiles[0].runs[0]).toMatchObject({ status: 'failed' })
    expect(profiles[0].health.map(({ code }: { code: string }) => code)).toContain('last-run-failed')
    expect(
      app.log.filter((line) => line.includes('"outcome":"failed"') || line.includes('outcome=failed')),
    ).toHaveLength(1)
  })
})

describe('a file that an operator edits while the application runs', () => {
  const nightly = { enabled: true, schedule: { every: 'day', at: '02:30' } }
  // biome-ignore lint/suspicious/noExplicitAny: tests look at the JSON as an outsider does
  const codesOf = ({ health }: any): string[] => health.map(({ code }: { code: string }) => code)
  const tasksOf = async (operator: Session) =>
    (await (await operator.get('/settings/admin/automate')).json()) as { tasks: { type: string }[] }

  it('is not taken up by looking at the page, which says so', async () => {
    const { app, place, operator } = await start({})
    // A run waits until the start has been put in order.
    await ran(operator, '/create')
    const profiles = [place.profile({ automatic: nightly }), place.profile({ id: 'small', folder: null })]
    app.setOperator({ profiles })
    const before = await tasksOf(operator)
    for (const accept of ['application/json', 'text/html']) await operator.get(systemBase, { accept })
    const [enterprise, small] = (await systemOverview(operator)).profiles
    expect(enterprise.automatic).toMatchObject({ enabled: false, nextRunAt: null })
    expect(enterprise.health).toContainEqual(
      expect.objectContaining({ code: 'file-not-taken-up', severity: 'error' }),
    )
    expect(codesOf(enterprise)).not.toContain('task-inactive')
    expect(codesOf(small)).not.toContain('file-not-taken-up')
    expect(await tasksOf(operator)).toEqual(before)
    expect(storedSettings(app).profiles).toEqual(profiles)
    expect(existsSync(join(app.dataDir, 'system-backups'))).toBe(false)
  })

  it('is taken up by the next run, for all its profiles', async () => {
    const { app, place, operator } = await start({})
    // A run waits until the start has been put in order.
    await ran(operator, '/create')
    app.setOperator({
      profiles: [
        place.profile({ automatic: nightly }),
        place.profile({ id: 'small', folder: null, automatic: nightly }),
      ],
    })
    expect((await ran(operator, '/create', { profile: 'enterprise' })).status).toBe('completed')
    const [enterprise, small] = (await systemOverview(operator)).profiles
    expect(enterprise.automatic).toMatchObject(nightly)
    expect(codesOf(enterprise)).not.toContain('file-not-taken-up')
    expect(codesOf(small)).toContain('file-not-taken-up')
    expect((await tasksOf(operator)).tasks.map(({ type }) => type)).toContain('system-backup:small')
    expect((await ran(operator, '/create', { profile: 'small' })).status).toBe('completed')
    expect((await systemOverview(operator)).profiles[1].automatic).toMatchObject(nightly)
    app.setOperator({ profiles: [place.profile({ automatic: nightly })] })
    await app.tickAt('2026-11-21T02:30:05Z')
    await eventually(async () => {
      const { tasks } = await tasksOf(operator)
      return tasks.some(({ type }) => type === 'system-backup:small') ? null : tasks
    })
  })

  it('is not set back by saving something else on the page', async () => {
    const { app, place, operator } = await start({})
    // A run waits until the start has been put in order.
    await ran(operator, '/create')
    app.setOperator({ profiles: [place.profile({ automatic: nightly })] })
    expect((await operator.post(`${systemBase}/settings`, { retention: { maxCount: 3 } })).status).toBe(200)
    const [enterprise] = (await systemOverview(operator)).profiles
    expect(enterprise.automatic).toMatchObject(nightly)
    expect(storedSettings(app).profiles[0]).toMatchObject({ automatic: nightly, retention: { maxCount: 3 } })
  })
})

describe('a connection', () => {
  it('is looked up when it is needed, and its secret is nowhere afterwards', async () => {
    process.env.TEST_CANARY_MSSQL = `Server=127.0.0.1,1;User Id=sa;Password=${canary};Encrypt=true`
    onTestFinished(() => {
      delete process.env.TEST_CANARY_MSSQL
    })
    const server = {
      kind: 'mssql',
      connection: 'env:TEST_CANARY_MSSQL',
      database: 'app',
      serverFolder: '/tmp',
      localFolder: '/tmp',
    }
    const { app, operator } = await start({ sources: [server] })
    const run = await ran(operator, '/create')
    expect(run.status).toBe('failed')
    const page = await (await operator.get(systemBase, { accept: 'text/html' })).text()
    const everything = JSON.stringify([run, await systemOverview(operator), await operator.logged(), app.log])
    for (const text of [page, everything]) expect(text).not.toContain(canary)
  })

  it('that is not set is named by its reference, and files alone can be taken all the same', async () => {
    const { place, operator } = await start({})
    const [directory] = place.profile().sources as object[]
    const server = {
      kind: 'mssql',
      connection: 'env:TEST_NO_SUCH_VARIABLE',
      database: 'app',
      serverFolder: '/tmp',
      localFolder: '/tmp',
    }
    await operator.post(`${systemBase}/settings`, { sources: [directory, server] })
    const run = await ran(operator, '/create')
    expect(run.error).toMatchObject({ code: 'connection-missing' })
    expect(run.error?.message).toContain('TEST_NO_SUCH_VARIABLE')
    expect((await ran(operator, '/create', { content: 'files' })).status).toBe('completed')
  })
})

describe('the board of all tenants', () => {
  it('has the worst on top, with the reason', async () => {
    const { app, operator } = await start({}, { tenants: [{ id: 'demo' }, { id: 'other' }, { id: 'third' }] })
    const third = await app.signIn('demo-admin')
    await third.backUp()
    await operator.post('/session/tenant', { tenant: 'other' })
    await operator.post('/settings/admin/backup/settings', {
      automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } },
    })
    await operator.backUp()
    app.clock.at += 3 * 24 * 60 * 60 * 1000
    const { tenants } = await systemOverview(operator)
    expect(tenants.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([
      ['third', 'never'],
      ['other', 'overdue'],
      ['demo', 'good'],
    ])
    expect(tenants[1].ageSeconds).toBe(3 * 24 * 60 * 60)
    expect(tenants[1].reasons.map(({ code }: { code: string }) => code)).toEqual(['overdue'])
    expect(tenants[0].reasons.map(({ code }: { code: string }) => code)).toEqual(['never-run'])
  })
})
