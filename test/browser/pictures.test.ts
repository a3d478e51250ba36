import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type App, base } from '../support/app.ts'
import { startWithHistory } from '../support/history.ts'
import { useBrowser } from '../support/visits.ts'

const folder = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const { visit } = useBrowser()
const narrow = { viewport: { width: 360, height: 800 } }

let app: App

beforeAll(async () => {
  for (const path of ['test-output', 'docs/screenshots']) await mkdir(folder(path), { recursive: true })
  app = await startWithHistory()
})

afterAll(() => app.stop())

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(folder('test-output'), `${name}.png`), fullPage: true })
}

describe('pictures', () => {
  it('x', async () => {
    await take(await visit(app, base), 'overview')
    await take(await visit(app, base, { ...narrow, colorScheme: 'dark' }), 'narrow-dark')
    const german = await visit(app, base, { locale: 'de-DE' })
    await german.getByRole('button', { name: 'Deutsch' }).click()
    await take(german, 'german')
    await german.setViewportSize({ width: 360, height: 800 })
    await take(german, 'german-narrow')
    const host = await visit(app, '/')
    for (const [name, path] of Object.entries({
      home: '/',
      hub: '/settings/admin',
      automate: '/settings/admin/automate',
      edit: '/settings/admin/automate/tasks/backup?tenant=demo',
      logging: '/settings/admin/logging',
      data: '/data',
      table: '/data?database=main&table=notes&page=1',
      nothing: '/nothing',
      'plugin-nothing': `${base}/nothing`,
    })) {
      await host.goto(app.origin + path)
      await host.setViewportSize({ width: 1180, height: 800 })
      await take(host, `host-${name}`)
      await host.setViewportSize({ width: 360, height: 800 })
      await take(host, `host-${name}-narrow`)
    }
    const login = await visit(app, base, { as: null })
    await take(login, 'host-login')
    const user = await visit(app, base, { as: 'demo-user' })
    await take(user, 'forbidden')
  })
})
