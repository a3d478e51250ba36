import { rmSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Caller, Host, Mount, Notify } from '../../src/host/contract.ts'
import { type App, base, type Session, startApp } from '../support/app.ts'

let app: App

afterEach(async () => {
  vi.useRealTimers()
  await app.stop()
})

/** Hosts differ; what they share is the contract. */
async function start(change: (host: Host) => Partial<Host>): Promise<Session> {
  app = await startApp({ between: (host) => ({ ...host, ...change(host) }) })
  return app.signIn('demo-admin')
}

describe('a host that keeps schedules to itself', () => {
  const ownSchedules = ({ capabilities, tasks }: Host) => ({
    capabilities: { ...capabilities, configuresTasks: false },
    tasks: { ...tasks, configure: () => Promise.reject(new Error('not here')) },
  })

  it('is not offered one, and the page says where it is', async () => {
    const admin = await start(ownSchedules)
    const { health, automatic } = await admin.overview()
    expect(health).toContainEqual(expect.objectContaining({ code: 'schedule-elsewhere', severity: 'info' }))
    expect(automatic.enabled).toBe(false)
    const page = await (await admin.get(base, { accept: 'text/html' })).text()
    expect(page.includes('<select')).toBe(false)
    expect(page.includes('href="/settings/admin/automate"')).toBe(true)
  })

  it('still takes retention, and refuses a schedule by name', async () => {
    const admin = await start(ownSchedules)
    expect((await admin.post(`${base}/settings`, { retention: { maxCount: 3 } })).status).toBe(200)
    const refused = await admin.post(`${base}/settings`, { automatic: { enabled: true } })
    expect([refused.status, await refused.json()]).toEqual([
      422,
      expect.objectContaining({ errors: [{ field: 'automatic', message: expect.any(String) }] }),
    ])
  })
})

describe('a host whose store fails', () => {
  it('keeps task and settings together: neither is changed', async () => {
    const admin = await start(({ settings }) => ({
      settings: { ...settings, write: () => Promise.reject(new Error('the disk is full')) },
    }))
    const change = { automatic: { enabled: true }, retention: { maxCount: 2 } }
    const refused = await admin.post(`${base}/settings`, change)
    expect([refused.status, await refused.text()]).toEqual([
      500,
      expect.not.stringContaining('the disk is full'),
    ])
    const { settings, automatic } = await admin.overview()
    expect([settings.retention.maxCount, automatic.enabled, automatic.nextRunAt]).toEqual([7, false, null])
  })

  it('makes backups also while its audit log refuses', async () => {
    const admin = await start(({ audit }) => ({
      audit: { ...audit, record: () => Promise.reject(new Error('no audit')) },
    }))
    expect((await admin.backUp()).status).toBe('completed')
    expect((await admin.overview()).backups).toHaveLength(1)
  })
})

describe('a host that wants to be told', () => {
  it('hears of every failed run, once, and of no other', async () => {
    const told: Parameters<Notify>[0][] = []
    const admin = await start(() => ({ notify: async (event) => void told.push(event) }))
    await admin.backUp()
    await app.halt()
    rmSync(app.databasePath())
    writeFileSync(app.databasePath(), 'This is not a database. '.repeat(100))
    await app.start().catch(() => null)
    const again = await app.signIn('demo-admin')
    const run = await again.backUp()
    expect(run).toMatchObject({ status: 'failed', error: { code: 'source-not-a-database' } })
    expect(JSON.stringify(await again.overview()).includes(app.dataDir)).toBe(false)
    expect(told).toEqual([
      {
        scope: { tenant: 'demo' },
        runId: run.id,
        outcome: 'failed',
        message: expect.stringContaining('not an SQLite database'),
        hint: expect.stringContaining('encrypted'),
      },
    ])
    expect((await again.overview()).backups).toHaveLength(1)
  })
})

describe('callers', () => {
  async function mounted(): Promise<{ mount: Mount; caller: Caller; admin: Session }> {
    let mount: Mount | null = null
    const admin = await start(({ routes }) => ({
      routes: {
        ...routes,
        mount(given) {
          if (given.per === 'tenant') mount = given
          return routes.mount(given)
        },
      },
    }))
    const caller: Caller = {
      user: { id: 'reader', name: 'Reader' },
      tenant: 'demo',
      permissions: new Set(['backup.read']),
      language: 'de-AT',
      address: '127.0.0.1',
      refresh: async () => null,
    }
    if (!mount) throw new Error('nothing was mounted')
    return { mount, caller, admin }
  }

  const ask = (path: string, init: RequestInit = {}) => new Request(`${app.origin}${base}${path}`, init)

  it('who may only read see the page without anything that changes or reveals data', async () => {
    const { mount, caller, admin } = await mounted()
    const [name] = (await admin.backUp()).backups
    const page = await (await mount.handler(ask('', { headers: { accept: 'text/html' } }), caller)).text()
    expect(page.includes('<html lang="de">')).toBe(true)
    expect(page.includes('action="/settings/admin/backup')).toBe(false)
    expect(page.includes('/download?')).toBe(false)
    for (const [path, init] of [
      [`/download?name=${name}`, {}],
      [`/delete?name=${name}`, {}],
      ['/create', { method: 'POST' }],
      ['/settings/preview', { method: 'POST' }],
    ] as const)
      expect([path, (await mount.handler(ask(path, init), caller)).status]).toEqual([path, 403])
  })

  it('who may do nothing see nothing, whatever address and method they try', async () => {
    const { mount, caller, admin } = await mounted()
    await admin.backUp('a secret note')
    const nobody = { ...caller, permissions: new Set<string>() }
    for (const path of ['', '/nothing', '/download', '/create', '/assets/page.css', '/runs/1/events'])
      for (const method of ['GET', 'POST', 'PUT']) {
        const response = await mount.handler(ask(path, { method, headers: { accept: 'text/html' } }), nobody)
        const page = await response.text()
        expect([path, method, response.status, page.includes('a secret note')]).toEqual([
          path,
          method,
          403,
          false,
        ])
      }
  })

  it('whose session ends get no more events', async () => {
    const { mount, caller } = await mounted()
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const writer = { ...caller, permissions: new Set(['backup.read', 'backup.write']) }
    const json = { headers: { accept: 'application/json' } }
    const started = await mount.handler(ask('/create', { method: 'POST', ...json }), writer)
    const { run } = (await started.json()) as { run: { id: string } }
    const events = await mount.handler(ask(`/runs/${run.id}/events`, json), caller)
    expect(events.status).toBe(200)
    await vi.advanceTimersByTimeAsync(30_000)
    await events.text()
    vi.useRealTimers()
  })

  it('get errors in their language, as JSON too', async () => {
    const { mount, caller } = await mounted()
    const response = await mount.handler(
      ask('/runs/none', { headers: { accept: 'application/json' } }),
      caller,
    )
    expect(await response.json()).toMatchObject({
      code: 'not-found',
      title: expect.not.stringMatching(/not found/i),
    })
  })
})

describe('the plugin', () => {
  it('refuses to be activated twice in one host, and can be loaded again after its undo', async () => {
    const { activate } = await import('../../src/plugin.ts')
    let seen: Host | null = null
    app = await startApp({
      between: (host) => {
        seen = host
        return host
      },
    })
    if (!seen) throw new Error('no host')
    await expect(activate(seen)).rejects.toThrow(/already/)
    await app.halt()
    await app.start()
    expect((await (await app.signIn('demo-admin')).backUp()).status).toBe('completed')
  })
})
