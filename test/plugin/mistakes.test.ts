import { mkdirSync, writeFileSync } from 'node:fs'
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

describe('settings that somebody broke in the store of the host', () => {
  it('are shown as broken, remove nothing, and are mended by saving', async () => {
    let broken = true
    app = await startApp({
      between: (host) => ({
        ...host,
        settings: {
          ...host.settings,
          read: async (scope) => {
            if (broken && 'tenant' in scope) throw new SyntaxError('Unexpected token')
            return host.settings.read(scope)
          },
        },
      }),
    })
    admin = await app.signIn('demo-admin')
    expect((await admin.overview()).health).toContainEqual(
      expect.objectContaining({ code: 'invalid-stored-settings', severity: 'error' }),
    )
    expect((await admin.backUp()).status).toBe('completed')
    expect((await admin.post(`${base}/settings`, { retention: { maxCount: 3 } })).status).toBe(200)
    broken = false
    expect((await admin.overview()).settings.retention.maxCount).toBe(3)
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
