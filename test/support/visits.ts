import type { Browser, BrowserContext, BrowserContextOptions, Cookie, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type App, secretOf } from './app.ts'
import { browserMissing, launchBrowser } from './browser.ts'

export interface VisitOptions extends BrowserContextOptions {
  /** Who signs in; null for somebody who doesn't. */
  readonly as?: string | null
  /** The page stays open until the tests of the file are over. */
  readonly kept?: boolean
}

/** Opens pages of an app as people do, who sign in with the form once, in the browser of each language that they use. */
export interface Visits {
  visit(app: App, path: string, options?: VisitOptions): Promise<Page>
}

/**
 * One Chromium for the tests of a file. Every visit is a browser profile of its own and closed after its test. A test
 * fails when a page's script threw, or something that a page needs was refused or missing.
 */
export function useBrowser(): Visits {
  const open: BrowserContext[] = []
  const complaints: string[] = []
  const cookies = new Map<string, Cookie[]>()
  let browser: Browser | null = null

  beforeAll(async () => {
    if (!browserMissing) browser = await launchBrowser()
  })
  beforeEach((context) => {
    if (browserMissing) context.skip(browserMissing)
  })
  afterEach(async () => {
    for (const context of open.splice(0)) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(() => browser?.close())

  return {
    async visit(app, path, { as = 'demo-admin', kept = false, ...options } = {}) {
      if (!browser) throw new Error('There is no browser')
      const context = await browser.newContext({ viewport: { width: 1180, height: 800 }, ...options })
      if (!kept) open.push(context)
      const person = `${app.origin} ${as} ${options.locale ?? ''}`
      await context.addCookies(cookies.get(person) ?? [])
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      listen(page, complaints)
      await page.goto(`${app.origin}${path}`)
      if (as !== null && new URL(page.url()).pathname === '/login') {
        await signIn(page, as)
        cookies.set(person, await context.cookies())
      }
      return page
    },
  }
}

export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel(/^(User|Benutzer)/).fill(user)
  await page.getByLabel(/^(Password|Passwort)/).fill(secretOf[user] ?? '')
  await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click()
  await page.waitForURL((url) => url.pathname !== '/login')
}

/** A page that answers with an error status is no complaint: what it says is for the test to judge. */
function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    const about = message.text()
    if (message.type() === 'error' && !about.startsWith('Failed to load resource')) complaints.push(about)
  })
  page.on('response', (response) => {
    const needed = ['stylesheet', 'script', 'image', 'font'].includes(response.request().resourceType())
    if (needed && response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`)
  })
}
