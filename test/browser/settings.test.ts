import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, base, type Session, startApp } from '../support/app.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()
const automate = '/settings/admin/automate'

const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click()
const fact = (page: Page, name: string) =>
  page.locator('.facts > div', { has: page.getByText(name, { exact: true }) }).innerText()

describe('the settings', () => {
  let app: App
  let admin: Session

  beforeAll(async () => {
    app = await startApp({ tenants: [{ id: 'demo', name: 'Demo GmbH' }] })
    admin = await app.signIn('demo-admin')
  })

  afterAll(() => app.stop())

  it('switch automatic backups on, and AUTOMATE shows the task with its next run', async () => {
    const page = await visit(app, base)
    await page.getByLabel('Make backups automatically').check()
    await page.getByLabel('How often').selectOption({ label: 'Every week' })
    await page.getByLabel('Weekday').selectOption({ label: 'Tuesday' })
    await page.getByLabel('Time of day').fill('03:15')
    await save(page)
    await page.getByText('The settings have been saved.').waitFor()
    expect(await fact(page, 'AUTOMATE')).toContain('Running')
    expect(await fact(page, 'Next backup')).toMatch(/Tue 24 Nov, 03:15\s+every Tuesday at 03:15/)

    await page.goto(app.origin + automate)
    const task = page.locator('main li', { hasText: 'Backup' })
    expect(await task.innerText()).toMatch(/Active[\s\S]*Every Tuesday at 03:15[\s\S]*24 Nov 2026, 03:15/)
  })

  it('show what somebody changed on the AUTOMATE page', async () => {
    const page = await visit(app, automate)
    await page.getByRole('link', { name: 'Edit Backup, Demo GmbH' }).click()
    await page.getByLabel('How often').selectOption({ label: 'Every day' })
    await page.getByLabel(/^At /).fill('04:45')
    await save(page)
    await page.getByText('The task was saved.').waitFor()
    await page.goto(app.origin + base)
    expect(await fact(page, 'Next backup')).toMatch(/Tomorrow, 04:45\s+daily at 04:45/)
    expect(await page.getByLabel('How often').inputValue()).toBe('day')
    expect(await page.getByLabel('Time of day').inputValue()).toBe('04:45')

    await page.goto(`${app.origin}${automate}/tasks/backup?tenant=demo`)
    await page.getByLabel(/^Active/).uncheck()
    await save(page)
    await page.goto(app.origin + base)
    expect(await page.getByLabel('Make backups automatically').isChecked()).toBe(false)
    expect(await fact(page, 'AUTOMATE')).toContain('the backup task is inactive')
  })

  it('say at the field what is wrong with it, and save nothing', async () => {
    const before = (await admin.overview()).settings
    const page = await visit(app, base)
    await page.getByLabel('Keep the last').fill('0')
    await page.getByLabel('Time of day').fill('05:55')
    await save(page)
    const summary = page.getByRole('alert').filter({ hasText: 'Nothing was saved.' })
    await summary.waitFor()
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true)

    const field = page.getByLabel('Keep the last')
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await field.inputValue()).toBe('0')
    const described = (await field.getAttribute('aria-describedby'))?.split(' ') ?? []
    const said = await Promise.all(described.map((id) => page.locator(`[id="${id}"]`).innerText()))
    expect(said.join(' ')).toMatch(/1 or (more|greater)|at least 1/)
    expect(await page.getByLabel('Time of day').inputValue()).toBe('05:55')
    expect(await page.getByLabel('Time of day').getAttribute('aria-invalid')).toBeNull()

    await summary.getByRole('link', { name: 'Keep the last' }).press('Enter')
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true)
    expect((await admin.overview()).settings).toEqual(before)
  })
})

describe('the retention preview', () => {
  let app: App

  beforeAll(async () => {
    app = await startApp({ now: Date.parse('2026-11-14T11:00:00Z') })
    const admin = await app.signIn('demo-admin')
    await admin.post(`${base}/settings`, {
      automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } },
      retention: { maxCount: 7 },
    })
    for (const day of ['15', '16', '17', '18', '19']) await app.tickAt(`2026-11-${day}T01:31:00Z`)
    app.clock.at = Date.parse('2026-11-19T11:00:00Z')
  })

  afterAll(() => app.stop())

  it('names, while somebody types, what would go and how far back the rest would reach', async () => {
    const page = await visit(app, base)
    const preview = page.locator('#preview')
    expect(await preview.innerText()).toContain('the next backup removes nothing')
    expect(await page.getByRole('button', { name: 'Preview' }).count()).toBe(0)
    await page.getByLabel('Keep the last').fill('2')
    await preview.getByText('Not saved yet.').waitFor()
    expectTwoToStay(await preview.innerText())

    await page.getByLabel('Keep the last').fill('5')
    await preview.getByText('removes 1 backup').waitFor()
    expect(await preview.innerText()).not.toContain('less than three days')
    await page.reload()
    expect(await page.getByLabel('Keep the last').inputValue()).toBe('7')
    expect(app.files().filter((name) => name.endsWith('.sqlite'))).toHaveLength(5)
  })

  it('does the same on demand where no script runs, keeping what was typed', async () => {
    const page = await visit(app, base, { javaScriptEnabled: false })
    await page.getByLabel('Keep the last').fill('2')
    await page.getByRole('button', { name: 'Preview' }).click()
    const preview = page.locator('#preview')
    await preview.getByText('Not saved yet.').waitFor()
    expectTwoToStay(await preview.innerText())
    expect(await page.getByLabel('Keep the last').inputValue()).toBe('2')
    await page.goto(app.origin + base)
    expect(await page.getByLabel('Keep the last').inputValue()).toBe('7')
  })

  it('is kept to the letter by the next backup, once it is saved', async () => {
    const page = await visit(app, base)
    await page.getByLabel('Keep the last').fill('2')
    await save(page)
    await page.getByText('The settings have been saved.').waitFor()
    await app.tickAt('2026-11-20T01:31:00Z')
    await page.reload()
    expect(await page.locator('#backups tbody th').allInnerTexts()).toEqual([
      expect.stringMatching(/^Today, 02:31/),
      expect.stringMatching(/^Yesterday, 02:31/),
    ])
  })

  function expectTwoToStay(preview: string): void {
    expect(preview).toContain('the next backup removes 4 backups')
    for (const day of ['15 Nov', '16 Nov', '17 Nov', 'Yesterday'])
      expect(preview).toContain(`${day}, 02:31: no rule keeps it`)
    expect(preview).toContain('reaches back to')
    expect(preview).toContain('less than three days')
  }
})
