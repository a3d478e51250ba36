import { renameSync } from 'node:fs'
import { DateTime } from 'luxon'
import { type App, base, type Session, startApp, type TestTenant } from './app.ts'
import { grow } from './live-database.ts'

const zone = 'Europe/Berlin'

/** When `startWithHistory` leaves the clock. */
export const today = Date.parse('2026-11-20T16:40:00Z')

/**
 * Three weeks in the life of a tenant whose backups are made at 02:30 every night: one night the database was gone,
 * one the machine was down. One backup was made before a change of prices and is protected.
 */
export async function startWithHistory(tenant: Partial<TestTenant> = {}): Promise<App> {
  const app = await startApp({
    now: Date.parse('2026-10-29T10:00:00Z'),
    tenants: [{ id: 'demo', name: 'Demo GmbH', ...tenant }],
  })
  grow(app.databasePath(), 3)
  await saveSettings(await app.signIn('demo-admin'))
  for (let night = DateTime.fromISO('2026-10-30T02:31', { zone }); night.toMillis() < today; ) {
    await passNight(app, night)
    night = night.plus({ days: 1 })
  }
  await makeByHand(app)
  app.clock.at = today
  return app
}

async function saveSettings(admin: Session): Promise<void> {
  const answer = await admin.post(`${base}/settings`, {
    automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } },
    retention: { maxCount: 7, keepWeekly: 4 },
  })
  if (answer.status !== 200) throw new Error(await answer.text())
}

async function passNight(app: App, night: DateTime): Promise<void> {
  const day = night.toISODate()
  if (day === '2026-11-10') return sleepThrough(app)
  if (night.day % 3 === 0) grow(app.databasePath(), 1)
  if (day !== '2026-11-04') return app.tickAt(night.toMillis())
  renameSync(app.databasePath(), `${app.databasePath()}.gone`)
  await app.tickAt(night.toMillis())
  renameSync(`${app.databasePath()}.gone`, app.databasePath())
}

/** The next night's start makes up for both. */
async function sleepThrough(app: App): Promise<void> {
  await app.halt()
  app.clock.at = Date.parse('2026-11-11T00:30:00Z')
  await app.start()
}

async function makeByHand(app: App): Promise<void> {
  const admin = await app.signIn('demo-admin')
  app.clock.at = Date.parse('2026-11-20T07:12:00Z')
  const [before] = (await admin.backUp('before the new price list')).backups
  await admin.post(`${base}/protect`, { name: before, protected: true })
  app.clock.at = Date.parse('2026-11-20T13:32:00Z')
  await admin.backUp()
}
