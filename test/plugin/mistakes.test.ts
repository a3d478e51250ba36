import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Host, Notify } from '../../src/host/contract.ts'
import { type App, base, type Session, startApp } from '../support/app.ts'

const nightly = { every: 'day', at: '02:30' }

let app: App
let admin: Session

afterEach(() => app.stop())

function operatorWrites(text: string): void {
  const file = join(app.dataDir, 'plugins', 'backup.json')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

describe('settings of the operator', () => {
  it.each([
    ['that are no JSON', '{ "limits": '],
    ['with a field that does not exist', '{ "limit": {} }'],
    ['that lead all tenants into one folder', '{ "backupsFolder": "/srv/{tenant}/../all" }'],
  ])('%s stop backups with a clear message, a run, an audit entry and a notification', async (_, text) => {
    const told: Parameters<Notify>[0][] = []
    app = await startApp({
      between: (host: Host) => ({ ...host, notify: async (event) => void told.push(event) }),
    })
    admin = await app.signIn('demo-admin')
    await admin.backUp()
    await admin.post(`${base}/settings`, { automatic: { enabled: true, schedule: nightly } })
    operatorWrites(text)
    const page = await admin.get(base)
    expect([page.status, ((await page.json()) as { code: string }).code]).toEqual([
      503,
      'operator-settings-broken',
    ])
    await app.tickAt('2026-11-21T01:30:00Z')
    operatorWrites('{}')
    const { runs, backups } = await admin.overview()
    expect(runs[0]).toMatchObject({
      status: 'failed',
      trigger: 'scheduled',
      error: { code: 'operator-settings-broken' },
    })
    expect(backups).toHaveLength(1)
    expect(told.map(({ runId }) => runId)).toEqual([runs[0].id])
    const failures = (await admin.logged()).filter(({ outcome }) => outcome === 'failure')
    expect(failures.map(({ id }) => id)).toEqual([runs[0].id])
    expect((await admin.backUp()).status).toBe('completed')
  })

  it('can keep the backups elsewhere, each tenant in a folder of its own', async () => {
    app = await startApp({ tenants: [{ id: 'demo' }, { id: 'other' }] })
    operatorWrites(JSON.stringify({ backupsFolder: join(app.dataDir, 'elsewhere', '{tenant}') }))
    admin = await app.signIn('demo-admin')
    const other = await app.signIn('other-admin')
    await admin.backUp()
    expect((await other.overview()).backups).toEqual([])
    expect((await admin.overview()).backups).toHaveLength(1)
  })

  it('can not keep them inside the root of another tenant', async () => {
    app = await startApp({ tenants: [{ id: 'demo' }, { id: 'other' }] })
    operatorWrites(JSON.stringify({ backupsFolder: join(app.root('other'), '{tenant}') }))
    admin = await app.signIn('demo-admin')
    expect((await admin.get(base)).status).toBe(503)
  })

  it('keep a tenant from looking into another one through a link', async () => {
    app = await startApp({ tenants: [{ id: 'demo' }, { id: 'other' }] })
    await (await app.signIn('other-admin')).backUp()
    symlinkSync(app.backupsFolder('other'), app.backupsFolder('demo'))
    admin = await app.signIn('demo-admin')
    const page = await admin.get(base)
    expect([page.status, ((await page.json()) as { code: string }).code]).toEqual([
      503,
      'operator-settings-broken',
    ])
  })

  it('limit what the rules of a tenant keep, also rules that were saved before', async () => {
    app = await startApp()
    admin = await app.signIn('demo-admin')
    const rules = { maxCount: null, keepDaily: 5 }
    await admin.post(`${base}/settings`, {
      automatic: { enabled: true, schedule: nightly },
      retention: rules,
    })
    operatorWrites(JSON.stringify({ limits: { maxCount: 3 } }))
    const refused = await admin.post(`${base}/settings`, { retention: { keepWeekly: 2 } })
    expect(refused.status).toBe(422)
    for (const day of [21, 22, 23, 24, 25]) await app.tickAt(`2026-11-${day}T01:30:00Z`)
    expect((await admin.overview()).backups).toHaveLength(3)
  })

  it('limit how often, also where the schedule was set on the AUTOMATE page', async () => {
    app = await startApp()
    admin = await app.signIn('demo-admin')
    operatorWrites(JSON.stringify({ limits: { minIntervalMinutes: 60 } }))
    const everyMinute = { every: 'minutes', count: 1 }
    expect(
      (await admin.post(`${base}/settings`, { automatic: { enabled: true, schedule: everyMinute } })).status,
    ).toBe(422)
    await admin.post('/settings/admin/automate/tasks/backup', { active: true, schedule: everyMinute })
    for (let minute = 1; minute <= 62; minute += 6)
      await app.tickAt(Date.parse('2026-11-20T11:00:00Z') + minute * 60_000)
    const { backups, runs } = await admin.overview()
    expect(backups).toHaveLength(2)
    expect(
      runs.filter(({ error }: { error: { code: string } | null }) => error?.code === 'limit-reached').length,
    ).toBe(9)
  })

  it('limit what a tenant can have', async () => {
    app = await startApp()
    operatorWrites(JSON.stringify({ limits: { maxCount: 1 } }))
    admin = await app.signIn('demo-admin')
    await admin.backUp()
    const second = await admin.post(`${base}/create`)
    expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([409, 'limit-reached'])
    expect((await admin.post(`${base}/settings`, { retention: { maxCount: 2 } })).status).toBe(422)
    operatorWrites(JSON.stringify({ limits: { minIntervalMinutes: 60 } }))
    app.clock.at += 59 * 60_000
    expect((await admin.post(`${base}/create`)).status).toBe(409)
    app.clock.at += 2 * 60_000
    expect((await admin.backUp()).status).toBe('completed')
    operatorWrites(JSON.stringify({ limits: { maxBytes: 10_000 } }))
    expect(await admin.backUp()).toMatchObject({ status: 'failed', error: { code: 'limit-reached' } })
  })
})

describe('settings in the store of the host', () => {
  async function storing(read: (stored: unknown) => unknown): Promise<void> {
    app = await startApp({
      between: (host) => ({
        ...host,
        settings: {
          ...host.settings,
          read: async (scope) => ('tenant' in scope ? read(await host.settings.read(scope)) : undefined),
        },
      }),
    })
    admin = await app.signIn('demo-admin')
  }

  it('that make no sense are shown as broken, remove nothing, and are mended by saving', async () => {
    let nonsense = true
    await storing((stored) => (nonsense ? { retention: 'all' } : stored))
    expect((await admin.overview()).health).toContainEqual(
      expect.objectContaining({ code: 'invalid-stored-settings', severity: 'error' }),
    )
    expect((await admin.backUp()).status).toBe('completed')
    expect((await admin.post(`${base}/settings`, { retention: { maxCount: 3 } })).status).toBe(200)
    nonsense = false
    expect((await admin.overview()).settings.retention.maxCount).toBe(3)
  })

  it('that can not be read now are not overwritten', async () => {
    let failing = false
    await storing((stored) => {
      if (failing) throw new Error('the store is away')
      return stored
    })
    await admin.post(`${base}/settings`, { retention: { maxCount: 30, keepYearly: 5 } })
    failing = true
    expect((await admin.backUp()).status).toBe('completed')
    expect((await admin.post(`${base}/settings`, { retention: { keepDaily: 3 } })).status).toBe(500)
    failing = false
    expect((await admin.overview()).settings.retention).toMatchObject({
      maxCount: 30,
      keepDaily: null,
      keepYearly: 5,
    })
  })
})

describe('a page that stayed open', () => {
  it('does nothing to the tenant that the operator acts for since', async () => {
    app = await startApp({ tenants: [{ id: 'demo' }, { id: 'other' }] })
    const operator = await app.signIn('admin')
    await operator.post('/session/tenant', { tenant: 'demo' })
    const [name = ''] = (await operator.backUp()).backups
    await operator.post('/session/tenant', { tenant: 'other' })
    expect((await operator.backUp()).backups).toEqual([name])
    for (const [path, fields] of [
      ['/delete', [['name', name]]],
      [
        '/protect',
        [
          ['name', name],
          ['protected', 'true'],
        ],
      ],
      ['/verify', [['name', name]]],
      ['/create', []],
      ['/settings', [['retention.maxCount', '1']]],
    ] as const) {
      const response = await operator.form(`${base}${path}`, [['tenant', 'demo'], ...fields])
      expect([path, response.status]).toEqual([path, 409])
      await response.text()
    }
    expect(await operator.overview()).toMatchObject({
      backups: [{ name, protected: false }],
      settings: { retention: { maxCount: 7 } },
      run: null,
    })
  })
})

describe('the preview of retention', () => {
  it('names exactly what the next run then removes, also late in the day', async () => {
    app = await startApp({ now: Date.parse('2026-11-16T11:00:00Z') })
    admin = await app.signIn('demo-admin')
    await admin.post(`${base}/settings`, { automatic: { enabled: true, schedule: nightly } })
    for (const day of [17, 18, 19, 20]) await app.tickAt(`2026-11-${day}T01:30:00Z`)
    app.clock.at = Date.parse('2026-11-20T20:00:00Z')
    const change = { retention: { maxCount: null, keepDaily: 2 } }
    const { preview } = (await (await admin.post(`${base}/settings/preview`, change)).json()) as {
      preview: { remove: { name: string }[]; reachesBackTo: string }
    }
    const before = (await admin.overview()).backups.map(({ name }: { name: string }) => name)
    await admin.post(`${base}/settings`, change)
    await app.tickAt('2026-11-21T01:30:00Z')
    const after = (await admin.overview()).backups.map(({ name }: { name: string }) => name)
    const gone = before.filter((name: string) => !after.includes(name)).sort()
    expect(preview.remove.map(({ name }) => name).sort()).toEqual(gone)
    expect(gone).toHaveLength(3)
    expect(preview.reachesBackTo).toContain('2026-11-20')
  })
})
