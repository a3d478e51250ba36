import Database from 'better-sqlite3'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type App, type AppOptions, base, eventually, type Session, startApp } from '../support/app.ts'
import { lookAtPage, publish } from '../support/look-at.ts'
import { albumTracks, openShop } from '../support/music-shop.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

// Each looks at several pages in two languages, which takes a while where many want the machine.
vi.setConfig({ testTimeout: 120_000 })

let app: App
let admin: Session

async function start(options: AppOptions = {}) {
  app = await startApp({
    tenants: [{ id: 'demo', name: 'Demo GmbH' }],
    now: Date.parse('2026-11-20T13:32:00Z'),
    operator: { restoreFromPage: true },
    version: '4.2.0',
    prepare: (root) => openShop(`${root}/main.sqlite`),
    ...options,
  })
  admin = await app.signIn('demo-admin')
}

/** A backup at 14:32; at 16:05 an album's tracks are deleted, and an invoice is written. */
async function loseAnAlbum(): Promise<string> {
  const [name = ''] = (await admin.backUp()).backups
  app.clock.at += 93 * 60_000
  for (let track = 1; track <= albumTracks; track++)
    await admin.post('/data/delete', { table: 'Track', key: String(track) })
  const values = { CustomerName: 'Newcomer', InvoiceDate: '2026-11-20 15:05:00', Total: '12' }
  await admin.post('/data/add', { table: 'Invoice', values })
  return name
}

async function rows(table: string, who = admin): Promise<number> {
  const response = await who.get(`/data?table=${table}`)
  return ((await response.json()) as { table: { total: number } }).table.total
}

const all = 300
const open = (path: string, options: BrowserContextOptions = {}) => visit(app, path, options)
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const confirm = (page: Page) => page.getByLabel('Type the name of the tenant to confirm')

afterEach(() => app.stop())

describe('restoring on the page', () => {
  beforeEach(() => start())

  it('brings a deleted album back, and rolls that back', async () => {
    await loseAnAlbum()
    expect(await rows('Track')).toBe(all - albumTracks)
    const page = await open(base)
    await page.locator('#backups summary').first().click()
    await page.getByRole('link', { name: 'Restore…' }).click()
    await page.getByText('By number, 10 rows come back and 1 row is lost.').waitFor()
    const track = page.getByRole('row', { name: /^Track/ })
    expect(await track.innerText()).toMatch(/290\s[\s\S]*300\s[\s\S]*10 rows come back/)
    const invoice = page.getByRole('row', { name: /^Invoice/ })
    expect(await invoice.innerText()).toMatch(/241[\s\S]*Today, 16:05[\s\S]*240[\s\S]*1 row is lost/)
    await page.getByText('Users and passwords are those of then, too.').waitFor()
    await confirm(page).fill('Demo')
    await press(page, 'Restore now')
    await page.getByText('Type exactly "Demo GmbH" to confirm.').waitFor()
    expect(await rows('Track')).toBe(all - albumTracks)
    await confirm(page).fill('Demo GmbH')
    await press(page, 'Restore now')
    await page.getByText('Restore successful: this is the data of today, 14:32').waitFor()
    expect(await rows('Track')).toBe(all)
    expect(await rows('Invoice')).toBe(240)

    await page.locator('#restore').getByRole('link', { name: 'Roll back…' }).click()
    await page.getByRole('heading', { name: 'Roll back to this state?' }).waitFor()
    await confirm(page).fill('Demo GmbH')
    await press(page, 'Roll back now')
    await page.getByText('Restore successful: this is the data of today, 16:05').waitFor()
    expect(await rows('Track')).toBe(all - albumTracks)
    expect(await rows('Invoice')).toBe(241)
  })

  it('works without a script', async () => {
    const name = await loseAnAlbum()
    const page = await open(`${base}/restore?name=${name}`, { javaScriptEnabled: false })
    await confirm(page).fill('Demo GmbH')
    await press(page, 'Restore now')
    await page.getByText('The restore has been started.').waitFor()
    await eventually(async () => (await admin.overview()).run === null)
    await page.goto(app.origin + base)
    await page.getByText('Restore successful').waitFor()
    expect(await rows('Track')).toBe(all)
  })

  it('is done with the keyboard alone', async () => {
    const name = await loseAnAlbum()
    const page = await open(`${base}/restore?name=${name}`)
    await confirm(page).focus()
    await page.keyboard.type('Demo GmbH')
    await page.keyboard.press('Enter')
    await page.getByText('Restore successful').waitFor()
    expect(await rows('Track')).toBe(all)
  })

  it('says in the data what goes on while it is closed', async () => {
    const lease = await app.host.contractHosts
      .get('automate-plugin-backup')
      ?.tenants.suspend?.('demo', { reason: 'A backup is being restored.', deadlineMs: 60_000 })
    const page = await open('/data')
    await page.getByText('A backup is being restored.').waitFor()
    await page.goto(app.origin + base)
    await page.getByRole('heading', { name: 'Backup', exact: true }).waitFor()
    await lease?.release()
  })

  it('is for everybody: the question, and the result', async () => {
    const name = await loseAnAlbum()
    const words = ['Track', 'Invoice', 'Artist', 'Album', 'Demo GmbH']
    await lookAtPage('restore', (look) => open(`${base}/restore?name=${name}`, look), words)
    const picture = await open(`${base}/restore?name=${name}`, { viewport: { width: 1180, height: 1120 } })
    await publish(picture, 'restore')
    const response = await admin.post(`${base}/restore`, { name, confirm: 'Demo GmbH' })
    const { run } = (await response.json()) as { run: { id: string } }
    await admin.ended(run.id)
    app.clock.at += 2 * 60_000
    await lookAtPage('restored', (look) => open(base, look))
    await publish(await open(base, { viewport: { width: 1180, height: 900 } }), 'restored')
  })

  it('is for everybody, also where the database is damaged and the backup came from a newer version', async () => {
    const name = await loseAnAlbum()
    await app.halt()
    app.nextStart = { version: '4.1.0' }
    await app.start()
    await lookAtPage('restore-newer', (look) => open(`${base}/restore?name=${name}`, look), [
      'Demo GmbH',
      'Invoice',
      'Track',
    ])
    const page = await open(`${base}/restore?name=${name}`)
    await page.getByText('The backup is of version 4.2.0, but the older version 4.1.0 is running.').waitFor()
    expect(await confirm(page).count()).toBe(0)
  })
})

describe('restoring at the next start', () => {
  beforeEach(() => start({ offers: { suspend: false, beforeOpen: true } }))

  it('waits, without a script, and shows the result afterwards', async () => {
    const name = await loseAnAlbum()
    const page = await open(`${base}/restore?name=${name}`, { javaScriptEnabled: false })
    await page.getByText('It is restored once, at the next start of the application').waitFor()
    await confirm(page).fill('Demo GmbH')
    await press(page, 'Restore at the next start')
    await page.getByText('It is restored at the next start of the application.').waitFor()
    await eventually(async () => (await admin.overview()).run === null)
    await page.goto(app.origin + base)
    await page.getByText('A restore waits for the next start of the application').waitFor()
    await lookAtPage('restore-waits', (look) => open(base, look))
    await press(page, 'Cancel the restore')
    await page.getByText('The restore has been cancelled. Nothing was changed.').waitFor()

    await page.goto(`${app.origin}${base}/restore?name=${name}`)
    await confirm(page).fill('Demo GmbH')
    await press(page, 'Restore at the next start')
    await eventually(async () => (await admin.overview()).run === null)
    expect(await rows('Track')).toBe(all - albumTracks)
    await app.halt()
    await app.start()
    const again = await open(base)
    await again.getByText('Restore successful: this is the data of today, 14:32').waitFor()
    expect(await rows('Track', await app.signIn('demo-admin'))).toBe(all)
  })
})

describe('where the page may not restore', () => {
  beforeEach(() => start({ operator: {} }))

  it('says so for everybody, with the command for the operator', async () => {
    const name = await loseAnAlbum()
    const path = `${base}/restore?name=${name}`
    await lookAtPage('restore-by-operator', (look) => open(path, look), ['Demo GmbH', 'Invoice', 'Track'])
    const page = await open(path)
    expect(await page.locator('pre').innerText()).toBe(
      `automate-backup restore backups/${name} --to main.sqlite`,
    )
    const operator = await visit(app, path, { as: 'admin' })
    expect(await operator.locator('pre').innerText()).toContain(app.databasePath())
  })
})

describe('a file that does not tell which database it is of', () => {
  beforeEach(() =>
    start({
      tenants: [
        {
          id: 'demo',
          name: 'Demo GmbH',
          databases: [
            { name: 'main', path: 'main.sqlite' },
            { name: 'archive', path: 'archive.sqlite' },
          ],
        },
      ],
    }),
  )

  it('is restored to the one that is chosen', async () => {
    await admin.backUp()
    const other = new Database(`${app.backupsFolder()}/from-elsewhere.sqlite`)
    other.exec(
      'CREATE TABLE notes (id INTEGER PRIMARY KEY, text); INSERT INTO notes (text) VALUES (1), (2), (3), (4)',
    )
    other.close()
    const path = `${base}/restore?name=from-elsewhere.sqlite`
    await lookAtPage('restore-choose', (look) => open(path, look))
    const page = await open(path)
    await page.getByLabel('Database', { exact: true }).selectOption('archive')
    await press(page, 'Show what would change')
    await page.getByText('This file came from elsewhere.').waitFor()
    await confirm(page).fill('Demo GmbH')
    await press(page, 'Restore now')
    await page.getByText('Restore successful').waitFor()
    const response = await admin.get('/data?database=archive&table=notes')
    expect(((await response.json()) as { table: { total: number } }).table.total).toBe(4)
    expect(await rows('Track')).toBe(all)
  })
})
