import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type App, base, type Session, startApp } from '../support/app.ts'
import { grow, slowDown } from '../support/live-database.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

let app: App
let admin: Session

beforeAll(async () => {
  app = await startApp({ tenants: [{ id: 'demo', name: 'Demo GmbH' }] })
  grow(app.databasePath(), 160)
})

afterAll(() => app.stop())

beforeEach(async () => {
  admin = await app.signIn('demo-admin')
})

interface Sight {
  readonly stage: string
  readonly value: number
}

/** What the bar shows from now on, over all pages that are loaded. */
async function watchBar(page: Page): Promise<readonly Sight[]> {
  const seen: Sight[] = []
  await page.exposeFunction('barMoved', (sight: Sight) => void seen.push(sight))
  await page.addInitScript(() => {
    const look = () => {
      const bar = document.querySelector('progress[value]')
      const stage = document.querySelector<HTMLElement>('[data-stage].now')?.dataset.stage
      const tell = (globalThis as unknown as { barMoved(sight: object): void }).barMoved
      if (bar && stage) tell({ stage, value: (bar as HTMLProgressElement).value })
    }
    const about = { subtree: true, childList: true, attributes: true, attributeFilter: ['value'] }
    new MutationObserver(look).observe(document, about)
  })
  return seen
}

const rows = (page: Page) => page.locator('#backups tbody tr')

describe('making a backup', () => {
  it('moves the bar while it is made, and ends with a proven row without a reload', async () => {
    const page = await visit(app, base)
    await page.getByRole('heading', { name: 'No backups yet' }).waitFor()
    const seen = await watchBar(page)
    await page.reload()
    await page.getByLabel('Note (optional)').fill('before the price import')
    const slowly = slowDown(app, page.getByRole('button', { name: 'Create backup' }).click())
    await page.getByRole('heading', { name: 'Making a backup' }).waitFor()
    await slowly

    const row = rows(page).first()
    await row.getByText('Proven', { exact: true }).waitFor({ timeout: 25_000 })
    expect(await rows(page).count()).toBe(1)
    expect(await row.innerText()).toMatch(/Today, 12:00[\s\S]*16\d\.?\d? MB[\s\S]*before the price import/)
    expect(await page.getByRole('heading', { name: /^Protected: last proven backup/ }).count()).toBe(1)
    expect(await page.locator('progress').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Create backup' }).isEnabled()).toBe(true)

    const stages = [...new Set(seen.map(({ stage }) => stage))]
    expect(stages).toContain('proof')
    for (const stage of stages) {
      const values = seen.filter((sight) => sight.stage === stage).map(({ value }) => value)
      expect(values).toEqual(values.toSorted((a, b) => a - b))
    }
    const proof = new Set(seen.filter(({ stage }) => stage === 'proof').map(({ value }) => value))
    expect(proof.size).toBeGreaterThanOrEqual(3)
  })

  it('is cancelled with a click, which changes nothing in the list and is said on the page', async () => {
    const before = app.files()
    const page = await visit(app, base)
    await page.getByRole('button', { name: 'Create backup' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Making a backup').waitFor({ state: 'detached' })
    expect(app.files()).toEqual(before)
    expect(await rows(page).count()).toBe(1)
    await page.getByText('the last one was cancelled').click()
    expect(await page.locator('#runs li').first().innerText()).toContain('Cancelled')
    expect((await admin.overview()).runs[0]).toMatchObject({ status: 'cancelled' })
  })
})
