import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, base, startApp } from '../support/app.ts'
import { freezeProof, grow } from '../support/live-database.ts'
import { signIn, useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

let app: App

beforeAll(async () => {
  app = await startApp({
    tenants: [
      { id: 'demo', name: 'Demo GmbH' },
      { id: 'other', language: 'de' },
    ],
  })
  grow(app.databasePath(), 48)
})

afterAll(() => app.stop())

const pathOf = (page: Page) => new URL(page.url()).pathname

describe('who may see the page', () => {
  it('sends somebody who isn’t signed in to the sign-in page, and from there to where they wanted', async () => {
    const page = await visit(app, base, { as: null })
    expect(pathOf(page)).toBe('/login')
    await signIn(page, 'demo-admin')
    expect(pathOf(page)).toBe(base)
    await page.getByRole('heading', { name: 'Backup', exact: true }).waitFor()
  })

  it('says that the password is wrong, and keeps the name that was typed', async () => {
    const page = await visit(app, base, { as: null })
    await page.getByLabel('User').fill('demo-admin')
    await page.getByLabel('Password').fill('a guess')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('User or password is wrong').waitFor()
    expect(await page.getByLabel('User').inputValue()).toBe('demo-admin')
    expect(await page.getByLabel('Password').inputValue()).toBe('')
  })

  it('tells a user without the right so, and shows nothing of the backups', async () => {
    const page = await visit(app, base, { as: 'demo-user' })
    await page.getByRole('heading', { name: 'You may not do this' }).waitFor()
    const text = await page.locator('body').innerText()
    expect(text).not.toMatch(/Create backup|Proven|Storage|Admin/)
  })

  it('speaks the language of the tenant to its administrator', async () => {
    const page = await visit(app, base, { as: 'other-admin', locale: 'en-GB' })
    await page.getByRole('button', { name: 'Sicherung erstellen' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
  })

  it('asks an operator for the tenant first, and shows that tenant’s backups', async () => {
    const page = await visit(app, base, { as: 'admin' })
    await page.getByRole('heading', { name: 'Choose a tenant' }).waitFor()
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Demo GmbH' })
      .getByRole('button', { name: /^Choose/ })
      .click()
    await page.getByRole('heading', { name: 'Backup', exact: true }).waitFor()
    expect(await page.locator('main').innerText()).toContain('Demo GmbH')
  })
})

describe('a session that ends while a backup is made', () => {
  it('leads to the sign-in page once, and back to the finished backup', async () => {
    const page = await visit(app, base)
    const admin = await app.signIn('demo-admin')
    const thaw = await freezeProof(app, admin, page.getByRole('button', { name: 'Create backup' }).click())
    await page
      .locator('li.now')
      .getByText(/^Proving/)
      .waitFor()
    const elsewhere = await page.context().newPage()
    await elsewhere.goto(app.origin)
    await elsewhere.getByRole('button', { name: 'Sign out' }).click()
    await elsewhere.waitForURL('**/login**')

    const seen: string[] = []
    page.on('framenavigated', (frame) => void seen.push(new URL(frame.url()).pathname))
    thaw()
    await page.waitForURL('**/login?**')
    expect(seen).toEqual(['/login'])
    await signIn(page, 'demo-admin')
    await page.locator('#backups').getByText('Proven', { exact: true }).waitFor()
    expect(seen).toEqual(['/login', base])
  })
})
