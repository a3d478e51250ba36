import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import { type App, base, eventually, type Session, startApp } from '../support/app.ts'

let app: App
afterEach(() => app.stop())

const automate = '/settings/admin/automate'
const days = 24 * 60 * 60 * 1000

async function enable(admin: Session): Promise<void> {
  const response = await admin.post(`${base}/settings`, { drill: { enabled: true, everyDays: 30 } })
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { settings: { drill: { enabled: true, everyDays: 30, maxMinutes: 10 } } },
  ])
}

const drills = async (who: Session): Promise<readonly Run[]> =>
  (await who.overview()).runs.filter(({ kind }: Run) => kind === 'drill')

describe('the restore drill', () => {
  it('is off until somebody switches it on, and then runs when the host says so', async () => {
    app = await startApp()
    const admin = await app.signIn('demo-admin')
    const { settings, drill } = await admin.overview()
    expect(settings.drill).toEqual({ enabled: false, everyDays: 30, maxMinutes: 10 })
    expect(drill).toMatchObject({ enabled: false, nextRunAt: null, last: null })
    const [name] = (await admin.backUp()).backups
    await app.tickAt('2026-11-22T03:00:00Z')
    expect(await drills(admin)).toEqual([])
    await enable(admin)
    expect((await admin.overview()).drill.nextRunAt).toBe('2026-11-29T03:00:00.000Z')
    await app.tickAt('2026-11-29T03:00:00Z')
    expect(await drills(admin)).toMatchObject([
      { status: 'completed', backups: [name], trigger: 'scheduled' },
    ])
    expect((await admin.overview()).drill.last).toMatchObject({ outcome: 'completed' })
    const entries = (await admin.logged()).filter(({ action }) => action === 'backup.drill')
    expect(entries).toMatchObject([{ outcome: 'success', actor: null }])
    expect(readdirSync(join(app.backupsFolder(), '.partial'))).toEqual([])
  })

  it('finds a flipped bit in an old backup and says so on the page, in health, in audit and to the host', async () => {
    const told: unknown[] = []
    app = await startApp({ between: (host) => ({ ...host, notify: async (event) => void told.push(event) }) })
    const [old = ''] = (await (await app.signIn('demo-admin')).backUp()).backups
    app.clock.at += 40 * days
    const admin = await app.signIn('demo-admin')
    await admin.backUp()
    flipBit(join(app.backupsFolder(), old))
    expect((await admin.overview()).health.map(({ code }: { code: string }) => code)).not.toContain(
      'damaged-backup',
    )
    const response = await admin.post(`${automate}/tasks/verify-backups/run`, { tenant: 'demo' })
    expect(response.status).toBeLessThan(300)
    const run = await eventually(async () => (await drills(admin)).find(({ endedAt }) => endedAt))
    expect(run).toMatchObject({ status: 'failed', error: { code: 'proof-failed' } })
    const { health, backups } = await admin.overview()
    expect(health).toContainEqual(
      expect.objectContaining({
        code: 'drill-failed',
        severity: 'error',
        message: expect.stringContaining(old),
      }),
    )
    expect(health).toContainEqual(expect.objectContaining({ code: 'damaged-backup' }))
    expect(backups.find((one: { name: string }) => one.name === old).proven.outcome).toBe('failed')
    const entries = (await admin.logged()).filter(({ outcome }) => outcome === 'failure')
    expect(entries.map(({ action, target }) => [action, target]).sort()).toEqual([
      ['backup.drill', expect.stringContaining(old)],
      ['backup.verify', old],
    ])
    expect(told).toMatchObject([{ runId: run.id, outcome: 'failed' }])
    const page = await (await admin.get(base, { accept: 'text/html' })).text()
    expect(page).toContain('The last restore drill')
    expect(page).toContain('Damaged')
  })

  it('refuses settings that make no sense, naming the field', async () => {
    app = await startApp()
    const admin = await app.signIn('demo-admin')
    for (const [field, value] of [
      ['everyDays', 0],
      ['maxMinutes', 1.5],
      ['maxMinutes', 10_000],
      ['enabled', 'yes'],
    ] as const) {
      const response = await admin.post(`${base}/settings`, { drill: { [field]: value } })
      const { errors } = (await response.json()) as { errors: { field: string }[] }
      expect([response.status, errors.map((error) => error.field)]).toEqual([422, [`drill.${field}`]])
    }
    const form = await admin.form(`${base}/settings`, [
      ['drill.enabled', 'false'],
      ['drill.enabled', 'true'],
      ['drill.everyDays', '7'],
      ['drill.maxMinutes', '3'],
    ])
    expect(form.status).toBe(303)
    expect((await admin.overview()).settings.drill).toEqual({ enabled: true, everyDays: 7, maxMinutes: 3 })
  })

  it('keeps settings that were stored before there were drills', async () => {
    app = await startApp()
    const admin = await app.signIn('demo-admin')
    const host = app.host.contractHosts.get('automate-plugin-backup')
    const { settings } = await admin.overview()
    const { automatic, retention } = settings
    await host?.settings.write({ tenant: 'demo' }, { automatic, retention: { ...retention, maxCount: 4 } })
    const now = await admin.overview()
    expect(now.settings.retention.maxCount).toBe(4)
    expect(now.health.map(({ code }: { code: string }) => code)).not.toContain('invalid-stored-settings')
  })
})

function flipBit(path: string): void {
  const fd = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(fd, byte, 0, 1, 5_000)
  byte[0]! ^= 4
  writeSync(fd, byte, 0, 1, 5_000)
  closeSync(fd)
}
