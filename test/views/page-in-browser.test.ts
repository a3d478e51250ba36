import { describe, expect, it } from 'vitest'
import { renderOverview } from '../../src/views/index.ts'
import type { RunModel } from '../../src/views/model.ts'
import * as samples from './sample-models.ts'
import { base, ShownPages, startEvents } from './shown-pages.ts'

const pages = new ShownPages()
const { server } = pages

const normal = () => renderOverview(samples.normal())
const running = () => renderOverview(samples.running())
const withErrors = () => renderOverview(samples.withErrors())

describe('a run in progress', () => {
  it('moves the bar and the stages, and announces a new stage', async () => {
    let send: (run: RunModel) => void = () => undefined
    server.answer(`${base}/runs/run-1/events`, (_request, response) => {
      send = startEvents(response, samples.run({ stage: 'snapshot' }))
    })
    const page = await pages.show(running())
    await page.getByText('Taking the snapshot: 16.4 MB of 26.4 MB').waitFor()
    send(samples.run({ stage: 'proof', progress: { done: 20_000_000, total: 26_400_000, unit: 'bytes' } }))
    await page.locator('li.now').getByText('Proving: 20 MB of 26.4 MB').waitFor()
    expect(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value)).toBe(20_000_000)
    expect(await page.locator('[data-announcement]').textContent()).toBe('Proving')
    send(samples.run({ stage: 'publish', progress: null }))
    await page.locator('li.now').getByText('Publishing').waitFor()
    expect(await page.locator('progress').getAttribute('value')).toBeNull()
  })

  it('shows the result when it has ended', async () => {
    server.answer(`${base}/runs/run-1/events`, (_request, response) => {
      server.page(base, normal())
      startEvents(response, samples.run({ status: 'completed' }))
    })
    const page = await pages.show(running())
    await page.locator('progress').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Create backup' }).waitFor()
  })

  it('keeps what somebody is typing and offers the result as a link', async () => {
    let send: (run: RunModel) => void = () => undefined
    server.answer(`${base}/runs/run-1/events`, (_request, response) => {
      send = startEvents(response, samples.run())
    })
    const page = await pages.show(running())
    await page.getByLabel('Keep the last').fill('9')
    send(samples.run({ status: 'failed' }))
    await page.getByRole('link', { name: 'Show the result' }).waitFor()
    expect(await page.getByLabel('Keep the last').inputValue()).toBe('9')
  })

  it('falls back to looking again when events don’t come through', async () => {
    server.answer(`${base}/runs/run-1/events`, (_request, response) => response.writeHead(503).end())
    const page = await pages.show(running())
    await page.clock.install()
    await page.reload()
    server.page(base, normal())
    await expect
      .poll(async () => {
        await page.clock.runFor(3000)
        return page.locator('progress').count()
      })
      .toBe(0)
  })

  it('is cancelled with a form', async () => {
    server.page(`${base}/runs/run-1/cancel`, normal())
    const page = await pages.show(running())
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.waitForURL('**/cancel')
    expect(server.posts).toEqual([`POST ${base}/runs/run-1/cancel tenant=demo`])
  })
})

describe('the settings form', () => {
  const every = 'How often'

  it('shows only the fields that go with how often', async () => {
    const page = await pages.show(normal())
    const visible = () => page.locator('[data-fits]:visible label').allInnerTexts()
    expect(await visible()).toEqual(['Time of day'])
    await page.getByLabel(every).selectOption('week')
    expect(await visible()).toEqual(['Weekday', 'Time of day'])
    await page.getByLabel(every).selectOption('month')
    expect(await visible()).toEqual(['Day of the month', 'Time of day'])
    await page.getByLabel(every).selectOption('hours')
    expect(await visible()).toEqual(['Hours or minutes apart'])
  })

  it('shows all of them, each with its purpose, where no script runs', async () => {
    const page = await pages.show(normal(), { javaScriptEnabled: false })
    expect(await page.locator('[data-fits]:visible label').allInnerTexts()).toEqual([
      'Hours or minutes apart (every few hours, every few minutes)',
      'Weekday (every week)',
      'Day of the month (every month)',
      'Time of day (every day, week, month)',
    ])
    server.page(`${base}/settings/preview`, withErrors())
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText('Not saved yet.').waitFor()
    expect(server.posts[0]).toContain(
      'automatic.enabled=false&automatic.enabled=true&automatic.schedule.every=day',
    )
  })

  it('previews while somebody types', async () => {
    server.page(`${base}/settings/preview`, withErrors())
    const page = await pages.show(normal())
    expect(await page.getByRole('button', { name: 'Preview' }).count()).toBe(0)
    await page.getByLabel('Keep the last').fill('3')
    await page.locator('#preview').getByText('Not saved yet.').waitFor()
    expect(server.posts.at(-1)).toContain('retention.maxCount=3')
    expect(server.posts.at(-1)).toContain('tenant=demo&')
    expect(await page.getByLabel('Keep the last').inputValue()).toBe('3')
  })

  it('tells what is wrong in the place of the preview', async () => {
    server.answer(`${base}/settings/preview`, (_request, response) => {
      response.writeHead(422, { 'content-type': 'text/html; charset=utf-8' }).end(withErrors())
    })
    const page = await pages.show(normal())
    await page.getByLabel('Keep the last').fill('seven')
    await page.locator('#preview').getByText('Enter a number.').waitFor()
  })

  it('gives the Preview button back when no answer comes', async () => {
    server.answer(`${base}/settings/preview`, (_request, response) => response.destroy())
    const page = await pages.show(normal())
    await page.getByLabel('Keep the last').fill('3')
    await page.getByRole('button', { name: 'Preview' }).waitFor()
  })

  it('puts the focus on what went wrong', async () => {
    const page = await pages.show(withErrors())
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('summary')
    await page.getByRole('link', { name: 'Keep the last' }).click()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('field-retention-maxCount')
  })
})

describe('comfort', () => {
  it('sends a form once, however often the button is pressed', async () => {
    // Answers without a new page, so that the same one can be pressed again.
    server.answer(`${base}/create`, (_request, response) => response.writeHead(204).end())
    server.page(`${base}/protect`, normal())
    const page = await pages.show(normal())
    await page.getByLabel('Note (optional)').fill('before the import')
    const button = page.getByRole('button', { name: 'Create backup' })
    await button.click()
    await button.click()
    await page.locator('details.menu summary').first().click()
    await page.getByRole('button', { name: 'Protect' }).click()
    await page.waitForURL('**/protect')
    expect(server.posts).toEqual([
      `POST ${base}/create tenant=demo&note=before+the+import`,
      `POST ${base}/protect tenant=demo&name=main_20261120_133200Z.sqlite&protected=true`,
    ])
  })

  it('does not say again on a reload what was done once', async () => {
    const page = await pages.show(normal())
    await page.goto(`${pages.origin}${base}?done=saved#settings`)
    await page.waitForURL(`${pages.origin}${base}#settings`)
  })

  it('opens a menu by keyboard, closes it with Escape and goes back to where it was', async () => {
    const page = await pages.show(normal())
    const menu = page.locator('details.menu').first()
    await menu.locator('summary').focus()
    await page.keyboard.press('Enter')
    await menu.getByRole('button', { name: 'Prove again' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Escape')
    await menu.getByRole('button', { name: 'Prove again' }).waitFor({ state: 'hidden' })
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SUMMARY')
  })

  it('closes a menu when the pointer goes elsewhere', async () => {
    const page = await pages.show(normal())
    await page.locator('details.menu summary').first().click()
    await page.locator('h1').click()
    expect(await page.locator('details.menu[open]').count()).toBe(0)
  })

  it('leads the keyboard past the header into the page', async () => {
    const page = await pages.show(normal())
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
  })

  it('moves nothing for who prefers it so', async () => {
    const page = await pages.show(
      renderOverview(samples.running('en', { stage: 'waiting', progress: null })),
      {
        reducedMotion: 'reduce',
      },
    )
    const moving = await page.locator('progress').evaluate((bar) => getComputedStyle(bar).animationName)
    expect(moving).toBe('none')
  })
})
