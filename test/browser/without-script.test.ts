import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, base, eventually, type Session, startApp } from '../support/app.ts'
import { freezeProof, grow } from '../support/live-database.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

let app: App
let admin: Session

beforeAll(async () => {
  app = await startApp()
  grow(app.databasePath(), 48)
  admin = await app.signIn('demo-admin')
})

afterAll(() => app.stop())

const open = () => visit(app, base, { javaScriptEnabled: false })
const rows = (page: Page) => page.locator('#backups tbody tr')
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const idle = () => eventually(async () => (await admin.overview()).run === null)

/** Opens the menu of the newest backup and presses a button in it. */
async function choose(page: Page, name: string): Promise<void> {
  await rows(page).first().locator('summary').click()
  await press(page, name)
}

describe('where no script runs', () => {
  it('makes a backup, and a link shows how far it is', async () => {
    const page = await open()
    await page.getByLabel('Note (optional)').fill('without a script')
    const thaw = await freezeProof(app, admin, press(page, 'Create backup'))
    await page.getByRole('link', { name: 'Show how far it is' }).click()
    await page.getByText(/^Proving: .* of .* MB$/).waitFor()
    expect(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(
      0,
    )
    thaw()
    await idle()
    await page.getByRole('link', { name: 'Show how far it is' }).click()
    expect(await rows(page).innerText()).toMatch(/without a script[\s\S]*Proven/)
  })

  it('cancels a run, which leaves nothing behind', async () => {
    const page = await open()
    const before = app.files()
    const thaw = await freezeProof(app, admin, press(page, 'Create backup'))
    await page.getByRole('link', { name: 'Show how far it is' }).click()
    await press(page, 'Cancel')
    await page.getByText('The run is being cancelled.').waitFor()
    await idle()
    thaw()
    await page.goto(app.origin + base)
    await page.getByText('the last one was cancelled').waitFor()
    expect(app.files()).toEqual(before)
  })

  it('proves a backup again', async () => {
    const page = await open()
    await choose(page, 'Prove again')
    await page.getByText('The backup is being proved again.').waitFor()
    await idle()
    expect((await admin.overview()).runs[0]).toMatchObject({ kind: 'verify', status: 'completed' })
  })

  it('protects a backup and lifts the protection', async () => {
    const page = await open()
    await choose(page, 'Protect')
    await page.getByText('The backup is protected now').waitFor()
    expect(await rows(page).first().innerText()).toContain('Protected')
    await choose(page, 'No longer protect')
    await page.getByText('The backup is no longer protected.').waitFor()
    expect(await rows(page).first().innerText()).not.toContain('Protected')
  })

  it('saves the settings, and says at the field what is wrong', async () => {
    const page = await open()
    await page.getByLabel('Make backups automatically').check()
    await page.getByLabel('How often').selectOption('month')
    await page.getByLabel('Day of the month').selectOption('31')
    await page.getByLabel('Keep the last').fill('0')
    await press(page, 'Save')
    await page.getByText('One field needs another look. Nothing was saved.').waitFor()
    expect(await page.getByLabel('Keep the last').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Keep the last').fill('9')
    await press(page, 'Save')
    await page.getByText('The settings have been saved.').waitFor()
    expect((await admin.overview()).settings).toMatchObject({
      automatic: { enabled: true, schedule: { every: 'month', on: 31, at: '02:30' } },
      retention: { maxCount: 9 },
    })
  })

  it('deletes a backup', async () => {
    const page = await open()
    await rows(page).first().locator('summary').click()
    await page.getByRole('link', { name: 'Delete…' }).click()
    await press(page, 'Delete for good')
    await page.getByRole('heading', { name: 'No backups yet' }).waitFor()
    expect(app.files()).toEqual([])
  })
})
