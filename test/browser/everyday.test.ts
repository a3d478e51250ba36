import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type App, base, type Session, startApp } from '../support/app.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

let app: App
let admin: Session
let name: string

beforeAll(async () => {
  app = await startApp()
  admin = await app.signIn('demo-admin')
})

afterAll(() => app.stop())

beforeEach(async () => {
  app.clock.at += 60_000
  name = (await admin.backUp()).backups[0] ?? ''
})

const rows = (page: Page) => page.locator('#backups tbody tr')
const exists = () => existsSync(join(app.backupsFolder(), name))

/** Opens the menu of the newest backup. */
const openMenu = (page: Page) => rows(page).first().locator('summary').click()

describe('deleting a backup', () => {
  it('asks first, says that it can’t be undone, and keeps the backup of who thinks better of it', async () => {
    const page = await visit(app, base)
    const before = await rows(page).count()
    await openMenu(page)
    await page.getByRole('link', { name: 'Delete…' }).click()
    await page.getByText('This can’t be undone.').waitFor()
    expect(await page.locator('main').innerText()).toContain(name)
    await page.getByRole('link', { name: 'Keep it' }).click()
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    expect(await rows(page).count()).toBe(before)
    expect(exists()).toBe(true)
  })

  it('removes it for good once that is confirmed, and tells so', async () => {
    const page = await visit(app, base)
    const before = await rows(page).count()
    await openMenu(page)
    await page.getByRole('link', { name: 'Delete…' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('The backup has been deleted.').waitFor()
    expect(await rows(page).count()).toBe(before - 1)
    expect(exists()).toBe(false)
    expect(await admin.logged()).toContainEqual(
      expect.objectContaining({ action: 'backup.delete', target: name, outcome: 'success' }),
    )
  })

  it('has no way to delete a protected one before the protection is lifted', async () => {
    const page = await visit(app, base)
    await openMenu(page)
    await page.getByRole('button', { name: 'Protect', exact: true }).click()
    await page.getByText('The backup is protected now').waitFor()
    await openMenu(page)
    await page.getByRole('button', { name: 'No longer protect' }).waitFor()
    expect(await page.getByRole('link', { name: 'Delete…' }).count()).toBe(0)
    await page.goto(`${app.origin}${base}/delete?name=${name}`)
    await page.getByText('This backup is protected.').waitFor()
    expect(await page.getByRole('button', { name: 'Delete for good' }).count()).toBe(0)
    expect(exists()).toBe(true)
  })
})

describe('a downloaded backup', () => {
  it('comes with its name', async () => {
    const page = await visit(app, base)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      rows(page)
        .first()
        .getByRole('link', { name: /^Download/ })
        .click(),
    ])
    expect(download.suggestedFilename()).toBe(name)
  })
})

describe('the Data page', () => {
  it('lets a newcomer add a row and lose it', async () => {
    const page = await visit(app, '/')
    await page.getByRole('navigation').getByRole('link', { name: 'Data' }).click()
    await page.getByRole('link', { name: 'notes' }).click()
    await page.getByText('Add a row').click()
    await page.getByLabel('text').fill('a note worth keeping')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByText('The row was added.').waitFor()
    const row = page.getByRole('row', { name: 'a note worth keeping' })
    await row.getByRole('button', { name: /^Delete/ }).click()
    await page.getByText('The row was deleted.').waitFor()
    expect(await row.count()).toBe(0)
    expect(await page.getByRole('row').count()).toBe(4)
  })
})
