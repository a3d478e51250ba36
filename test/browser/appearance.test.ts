import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import { accessibilityViolations } from '../support/accessibility.ts'
import { type App, base, startApp } from '../support/app.ts'
import { englishOn } from '../support/german.ts'
import { startWithHistory } from '../support/history.ts'
import { damage, failOnce, freezeProof, grow } from '../support/live-database.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()
const outside = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
let app: App
let fresh: App

beforeAll(async () => {
  for (const folder of ['test-output/docs', 'docs/screenshots'])
    mkdirSync(outside(folder), { recursive: true })
  fresh = await startApp({ tenants: [{ id: 'demo', name: 'Demo GmbH' }, { id: 'other' }] })
  app = await startWithHistory()
})

afterAll(async () => {
  await fresh.stop()
  await app.stop()
})

interface Sight {
  readonly path: string
  readonly app?: () => App
  readonly as?: string | null
  /** Brings the page into the state that is to be looked at. */
  readonly bring?: (page: Page) => Promise<void>
  /** Words of the data. */
  readonly data?: readonly string[]
}

interface Look {
  readonly viewport: { readonly width: number; readonly height: number }
  readonly colorScheme: 'light' | 'dark'
}

const desk: Look = { viewport: { width: 1180, height: 800 }, colorScheme: 'light' }
const telephone: Look = { viewport: { width: 360, height: 800 }, colorScheme: 'dark' }

/** A page in English, light and on a desk, and in German, dark and on a telephone, where both fit. */
async function lookAt(name: string, sight: Sight): Promise<void> {
  const page = await open(sight, 'en', desk)
  await shoot(page, name)
  await unfold(page)
  expect(await accessibilityViolations(page)).toEqual([])
  expect(await englishOn(page, sight.data)).not.toEqual([])
  await page.setViewportSize(telephone.viewport)
  expect(await sideways(page)).toBe(0)

  const german = await open(sight, 'de', telephone)
  expect(await german.locator('html').getAttribute('lang')).toBe('de')
  await shoot(german, `${name}-narrow-german`)
  await unfold(german)
  expect(await accessibilityViolations(german)).toEqual([])
  expect(await sideways(german)).toBe(0)
  expect(await englishOn(german, sight.data)).toEqual([])
}

/** One person's window in one language serves all the tests here. */
const windows = new Map<string, Page>()

async function open(sight: Sight, language: 'en' | 'de', look: Look): Promise<Page> {
  const { origin } = (sight.app ?? (() => app))()
  const { path, as = 'demo-admin', bring } = sight
  const key = `${origin} ${as} ${language}`
  const page = windows.get(key) ?? (await openWindow(sight, language))
  windows.set(key, page)
  await page.setViewportSize(look.viewport)
  await page.emulateMedia({ colorScheme: look.colorScheme })
  await page.goto(origin + path)
  await bring?.(page)
  return page
}

async function openWindow(sight: Sight, language: 'en' | 'de'): Promise<Page> {
  const { path, as = 'demo-admin' } = sight
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const page = await visit((sight.app ?? (() => app))(), path, { as, locale, kept: true })
  const toggle = page.getByRole('button', { name: language === 'de' ? 'Deutsch' : 'English', exact: true })
  if (await toggle.count()) await toggle.click()
  await page.locator(`html[lang=${language}]`).waitFor()
  return page
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(outside('test-output'), `${name}.png`), fullPage: true })
}

/** What the documentation shows; kept there where that is wanted. */
async function publish(page: Page, name: string): Promise<void> {
  const folder = process.env.UPDATE_SCREENSHOTS === '1' ? 'docs/screenshots' : 'test-output/docs'
  await page.screenshot({ path: join(outside(folder), `${name}.png`) })
}

/** Unfolds what is folded, so that it is looked at too. Of the menus only the first: one is open at a time. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details:not(.menu)')) details.setAttribute('open', '')
    document.querySelector('details.menu')?.setAttribute('open', '')
  })
}

/** Pixels that the page would have to be pushed sideways to be read. */
const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

const note = 'before the new price list'

const sights: Readonly<Record<string, Sight>> = {
  empty: { path: base, app: () => fresh },
  overview: { path: base, data: [note] },
  'settings-errors': {
    path: base,
    data: [note],
    async bring(page) {
      await page.locator('[name="retention.maxCount"]').fill('0')
      await page.locator('[name="retention.maxAgeDays"]').fill('soon')
      await page.getByRole('button', { name: /^(Save|Speichern)$/ }).click()
      await page.locator('.summary').waitFor()
    },
  },
  delete: {
    path: base,
    data: [note],
    async bring(page) {
      await page.locator('#backups summary').first().click()
      await page.locator('#backups a.danger').first().click()
      await page.locator('button.danger').waitFor()
    },
  },
  'not-found': { path: `${base}/nothing` },
  'host-sign-in': { path: '/login', as: null },
  'host-sign-in-refused': {
    path: '/login',
    as: null,
    async bring(page) {
      await page.locator('[name=user]').fill('somebody')
      await page.locator('[name=password]').fill('a guess')
      await page.locator('form button').click()
      await page.getByRole('alert').waitFor()
    },
  },
  'host-home': { path: '/' },
  'host-forbidden': { path: base, as: 'demo-user' },
  'host-tenants': { path: '/session/tenant', as: 'admin', app: () => fresh },
  'host-admin': { path: '/settings/admin' },
  'host-automate': { path: '/settings/admin/automate', as: 'admin' },
  'host-edit-task': { path: '/settings/admin/automate/tasks/backup?tenant=demo' },
  'host-logging': { path: '/settings/admin/logging' },
  'host-data': { path: '/data' },
  'host-table': { path: '/data?database=main&table=notes' },
  'host-not-found': { path: '/nothing' },
}

describe('every page', () => {
  it.for(Object.entries(sights))('is for everybody, in English and German: %s', ([name, sight]) =>
    lookAt(name, sight),
  )
})

describe('the pictures of the documentation', () => {
  const sized = (width: number, height: number): Look => ({
    viewport: { width, height },
    colorScheme: 'light',
  })

  it('show the overview on a desk, on a telephone and in German', async () => {
    await publish(await open({ path: base }, 'en', sized(1180, 1290)), 'overview')
    await publish(await open({ path: base }, 'de', sized(1180, 1000)), 'german')
    const dark: Look = { ...sized(360, 1180), colorScheme: 'dark' }
    await publish(await open({ path: base }, 'en', dark), 'narrow-dark')
  })

  it('show the settings, before they are saved', async () => {
    const page = await open({ path: base }, 'en', sized(1180, 760))
    await page.getByLabel('Keep the last').fill('3')
    await page.getByText('Not saved yet.').waitFor()
    await page.locator('#settings').evaluate((section) => section.scrollIntoView())
    await publish(page, 'settings')
  })
})

describe('the overview', () => {
  it('is for everybody while a backup is made', async () => {
    grow(app.databasePath(), 48)
    const admin = await app.signIn('demo-admin')
    const asked = admin.post(`${base}/create`)
    const thaw = await freezeProof(app, admin, asked)
    try {
      await lookAt('running', { path: base, data: [note] })
      const look: Look = { ...desk, viewport: { width: 1180, height: 650 } }
      await publish(await open({ path: base }, 'en', look), 'running')
    } finally {
      // Windows that watch the run would load the page again when it ends.
      for (const page of windows.values()) await page.goto('about:blank')
      thaw()
    }
    const { run } = (await (await asked).json()) as { run: Run }
    await admin.ended(run.id)
  })

  it('is for everybody when everything went wrong', async () => {
    const [admin, operator] = [await app.signIn('demo-admin'), await app.signIn('admin')]
    await damage(app, admin)
    await failOnce(app, admin)
    await operator.post('/settings/admin/automate/pause')
    await lookAt('problems', { path: base, data: [note] })
  })
})
