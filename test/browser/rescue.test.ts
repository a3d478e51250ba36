import { readFileSync } from 'node:fs'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type App, base, type Session, startApp } from '../support/app.ts'
import { lookAtPage, publish } from '../support/look-at.ts'
import { openShop } from '../support/music-shop.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

vi.setConfig({ testTimeout: 120_000 })

let app: App
let admin: Session
let name: string

beforeAll(async () => {
  app = await startApp({
    tenants: [{ id: 'demo', name: 'Demo GmbH' }],
    now: Date.parse('2026-11-20T13:32:00Z'),
    prepare: (root) => openShop(`${root}/main.sqlite`),
  })
  admin = await app.signIn('demo-admin')
  name = (await admin.backUp()).backups[0] ?? ''
})

afterAll(() => app.stop())

const open = (path: string, options: BrowserContextOptions = {}) => visit(app, path, options)
const table = () => `${base}/browse?name=${name}&table=Invoice`

/** Presses what is answered with a download, and returns what was saved. */
async function saved(page: Page, button: string): Promise<{ file: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ])
  return { file: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') }
}

describe('one deleted record', () => {
  it('is found in the backup and taken out', async () => {
    const data = await open('/data?table=Invoice')
    const row = data.getByRole('row').filter({ hasText: 'Customer 17' }).first()
    data.on('dialog', (dialog) => void dialog.accept())
    await row.getByRole('button').click()
    await vi.waitFor(async () => expect((await admin.get('/data?table=Invoice')).status).toBe(200))

    const page = await open(base)
    await page.locator('#backups summary').first().click()
    await page.getByRole('link', { name: 'Look inside' }).click()
    await page.getByRole('link', { name: 'Invoice' }).click()
    await page.getByText('50 of 240 rows.').waitFor()
    await page.getByLabel('Part of a value, in any column').fill('11-01 17:00')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByText('One row was found.').waitFor()
    expect(await page.locator('.rows tbody tr').innerText()).toMatch(/missing[\s\S]*17[\s\S]*Customer 17/)

    await page.getByLabel('Choose row 1: 17').check()
    const csv = await saved(page, 'Download the chosen rows: As CSV')
    expect(csv).toEqual({
      file: `Invoice_${name.replace('.sqlite', '')}.csv`,
      text: '\uFEFFInvoiceId,CustomerName,InvoiceDate,Total\r\n17,Customer 17,2026-11-01 17:00:00,9.9\r\n',
    })
    const json = await saved(page, 'Download the chosen rows: As JSON')
    expect(JSON.parse(json.text)).toEqual([
      { InvoiceId: 17, CustomerName: 'Customer 17', InvoiceDate: '2026-11-01 17:00:00', Total: 9.9 },
    ])
  })

  it('is found without knowing what it was called, without a script', async () => {
    const page = await open(table(), { javaScriptEnabled: false })
    await page.getByLabel('Only rows that are missing today').check()
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByText('One row was found.').waitFor()
    const { text } = await saved(page, 'Download all rows that match: As JSON')
    expect(JSON.parse(text)).toMatchObject([{ InvoiceId: 17 }])
    await page.getByRole('button', { name: 'Download the chosen rows: As CSV', exact: true }).click()
    await page.getByText('No row was chosen.').waitFor()
  })

  it('is reached with the keyboard alone', async () => {
    const page = await open(table())
    await page.getByLabel('Part of a value, in any column').focus()
    await page.keyboard.type('Customer 240')
    await page.keyboard.press('Enter')
    await page.getByText('One row was found.').waitFor()
    await page.getByLabel('Choose row 1: 240').focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Download the chosen rows: As CSV', exact: true }).focus()
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(readFileSync(await download.path(), 'utf8')).toContain('240,Customer 240')
  })

  it('is a page or two away', async () => {
    const page = await open(table())
    await page.getByRole('link', { name: 'Next page' }).click()
    await page.getByLabel('Choose row 1: 51').waitFor()
    await page.getByRole('link', { name: 'Next page' }).click()
    await page.getByLabel('Choose row 1: 101').waitFor()
    await page.getByRole('link', { name: 'Previous page' }).click()
    await page.getByLabel('Choose row 1: 51').waitFor()
  })
})

describe('the pages', () => {
  const words = [
    'Demo GmbH',
    'Invoice',
    'Customer',
    'Track',
    'Album',
    'Artist',
    'InvoiceId',
    'CustomerName',
    'InvoiceDate',
    'Total',
  ]

  it('are for everybody: the tables', async () => {
    await lookAtPage('rescue-tables', (look) => open(`${base}/browse?name=${name}`, look), words)
  })

  it('are for everybody: a table', async () => {
    await lookAtPage('rescue', (look) => open(`${table()}&search=customer+1`, look), words)
    await publish(
      await open(`${table()}&search=customer+17`, { viewport: { width: 1180, height: 880 } }),
      'rescue',
    )
  })
})
