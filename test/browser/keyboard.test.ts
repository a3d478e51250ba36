import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, base, startApp } from '../support/app.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

let app: App

beforeAll(async () => {
  app = await startApp()
})

afterAll(() => app.stop())

/** More presses of Tab than any page of ours needs. */
const patience = 80

interface Focused {
  readonly name: string
  readonly visible: boolean
}

/** Where the keyboard is: what the element is called, and whether somebody who looks can tell. */
const focused = (page: Page): Promise<Focused> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement
    const labels = (element as HTMLInputElement).labels
    const label = element.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? element.textContent
    const style = getComputedStyle(element)
    const box = element.getBoundingClientRect()
    const outlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2
    const onScreen = box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0
    return { name: label?.trim() ?? '', visible: outlined && onScreen }
  })

/** Presses Tab until the keyboard is there. Every stop on the way must be seen. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const stops: string[] = []
  for (let count = 0; count < patience; count++) {
    await page.keyboard.press('Tab')
    const stop = await focused(page)
    expect(stop).toEqual({ name: stop.name, visible: true })
    stops.push(stop.name)
    if (typeof name === 'string' ? stop.name === name : name.test(stop.name)) return
  }
  throw new Error(`Tab never came to ${name}, only to ${stops.join(', ')}`)
}

describe('who uses no pointer', () => {
  it('signs in, makes a backup, protects it and changes a setting', async () => {
    const page = await visit(app, base, { as: null })
    await tabTo(page, 'User')
    await page.keyboard.type('demo-admin')
    await tabTo(page, 'Password')
    await page.keyboard.type('demo-secret')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'No backups yet' }).waitFor()

    await tabTo(page, 'Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Note (optional)')
    await page.keyboard.type('by keyboard')
    await tabTo(page, 'Create backup')
    await page.keyboard.press('Enter')
    const row = page.locator('#backups tbody tr')
    await row.getByText('Proven', { exact: true }).waitFor()

    await page.reload()
    await tabTo(page, /^More for the backup/)
    await page.keyboard.press('Enter')
    await tabTo(page, 'Protect')
    await page.keyboard.press('Space')
    await page.getByText('The backup is protected now').waitFor()
    expect(await row.innerText()).toContain('Protected')

    await tabTo(page, 'Make backups automatically')
    await page.keyboard.press('Space')
    await tabTo(page, 'How often')
    await page.keyboard.press('ArrowDown')
    await tabTo(page, 'Weekday (every week)')
    await page.keyboard.press('ArrowDown')
    await tabTo(page, 'Keep the last')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('5')
    await tabTo(page, 'Save')
    await page.keyboard.press('Enter')
    await page.getByText('The settings have been saved.').waitFor()
    const { settings } = await (await app.signIn('demo-admin')).overview()
    expect(settings).toMatchObject({
      automatic: { enabled: true, schedule: { every: 'week', on: 'tuesday' } },
      retention: { maxCount: 5 },
    })
  })

  it('comes by every control of the page, and out of it again', async () => {
    const page = await visit(app, base)
    const controls = 'a[href], button:enabled, input:enabled:not([type=hidden]), select, summary'
    await page.evaluate((controls) => {
      for (const element of document.querySelectorAll<HTMLElement>(controls))
        if (element.checkVisibility()) element.dataset.unvisited = ''
    }, controls)
    const leave = () => page.evaluate(() => delete (document.activeElement as HTMLElement).dataset.unvisited)
    const outside = () => page.evaluate(() => document.activeElement === document.body)
    let presses = 0
    do {
      await page.keyboard.press('Tab')
      await leave()
    } while (!(await outside()) && presses++ < patience)
    expect(presses).toBeLessThan(patience)
    expect(
      await page.locator('[data-unvisited]').evaluateAll((all) => all.map((one) => one.outerHTML)),
    ).toEqual([])
  })
})
