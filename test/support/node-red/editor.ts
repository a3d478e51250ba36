import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { browserMissing, launchBrowser } from '../browser.ts'
import { nodeRedMissing } from './installation.ts'
import type { NodeRedProcess } from './node-red-process.ts'
import { useNodeRed } from './use-node-red.ts'

const output = fileURLToPath(new URL('../../../test-output/node-red', import.meta.url))
const screenshots = fileURLToPath(new URL('../../../docs/screenshots', import.meta.url))

/** The words on the editor's own controls. */
const words = {
  'en-US': { examples: 'Examples', backup: 'Backup' },
  de: { examples: 'Beispiele', backup: 'Datensicherung' },
} as const

export type EditorLanguage = keyof typeof words

/** One Chromium for the tests of a file; each test gets a profile of its own. A test fails when a page's script threw. */
export function useEditor(): (red: NodeRedProcess, options?: BrowserContextOptions) => Promise<Editor> {
  const open: BrowserContext[] = []
  const thrown: string[] = []
  let browser: Browser | null = null
  const missing = browserMissing ?? nodeRedMissing
  useNodeRed(missing)
  beforeAll(async () => {
    if (missing === null) browser = await launchBrowser()
  })
  afterEach(async () => {
    for (const context of open.splice(0)) await context.close()
    expect(thrown.splice(0)).toEqual([])
  })
  afterAll(() => browser?.close())
  return async (red, { locale = 'en-US', ...options } = {}) => {
    if (!browser) throw new Error('There is no browser')
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale, ...options })
    open.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    context.on('page', (opened) => opened.setDefaultTimeout(20_000))
    context.on('weberror', (error) => thrown.push(String(error.error())))
    return new Editor(red, page, locale === 'de' ? 'de' : 'en-US')
  }
}

/** What people do in Node-RED's editor. */
export class Editor {
  readonly page: Page
  readonly #red: NodeRedProcess
  readonly #language: EditorLanguage

  constructor(red: NodeRedProcess, page: Page, language: EditorLanguage) {
    this.page = page
    this.#red = red
    this.#language = language
  }

  async visit(path = '/'): Promise<void> {
    await this.page.goto(this.#red.address + path)
  }

  async signIn(user: string, password = 'secret'): Promise<void> {
    await this.page.locator('#node-dialog-login-username').fill(user)
    await this.page.locator('#node-dialog-login-password').fill(password)
    await this.page.locator('#node-dialog-login-submit').click()
  }

  /** Resolves when the editor can be used. */
  async ready(): Promise<void> {
    await this.page.locator('.red-ui-palette-node[data-palette-type="backup"]').waitFor({ state: 'attached' })
    await this.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' })
  }

  /** Opens the tab that came with it. */
  async importExample(name: string, tab: string): Promise<void> {
    const { page } = this
    await page.keyboard.press('Control+i')
    const dialog = page.locator('#red-ui-clipboard-dialog-import-tab-examples')
    await page.getByRole('link', { name: words[this.#language].examples, exact: true }).click()
    await dialog.getByText('automate-plugin-backup', { exact: true }).click()
    await dialog.getByText(name, { exact: true }).click()
    await page.locator('#red-ui-clipboard-dialog-ok').click()
    await page.locator('#red-ui-workspace-tabs').getByText(tab, { exact: true }).click()
    await this.node('backup').waitFor()
  }

  async deploy(): Promise<void> {
    await this.page.locator('#red-ui-header-button-deploy:not(.disabled)').click()
    await this.page.locator('#red-ui-header-button-deploy.disabled').waitFor()
  }

  /** A node on the canvas, by what is written on it. */
  node(label: string) {
    const exactly = new RegExp(`^${label}$`)
    return this.page
      .locator('g.red-ui-flow-node')
      .filter({ has: this.page.locator('.red-ui-flow-node-label-text', { hasText: exactly }) })
  }

  async press(label: string): Promise<void> {
    await this.node(label).locator('.red-ui-flow-node-button-button').click()
  }

  status(label: string) {
    return this.node(label).locator('.red-ui-flow-node-status-label')
  }

  /** Collects what the status of any node says from now on. */
  async watchStatus(): Promise<() => Promise<readonly string[]>> {
    await this.page.evaluate(() => {
      const seen: string[] = []
      Object.assign(window, { seenStatus: seen })
      const look = (): void => {
        for (const label of document.querySelectorAll('.red-ui-flow-node-status-label')) {
          const text = label.textContent ?? ''
          if (text !== '' && seen.at(-1) !== text) seen.push(text)
        }
      }
      const everything = { subtree: true, childList: true, characterData: true }
      new MutationObserver(look).observe(
        document.querySelector('#red-ui-workspace-chart') as Element,
        everything,
      )
    })
    return () => this.page.evaluate(() => (window as unknown as { seenStatus: string[] }).seenStatus)
  }

  /** Opens the page from the menu, in the window that it has for itself. */
  async openBackups(): Promise<Page> {
    await this.page.locator('#red-ui-header-button-sidemenu').click()
    const [page] = await Promise.all([
      this.page.context().waitForEvent('page'),
      this.page.locator('#menu-item-automate-backup-0').click(),
    ])
    await page.getByRole('heading', { level: 1 }).waitFor()
    return page
  }

  /** Kept for people to look at, and with `UPDATE_SCREENSHOTS=1` in the documentation when it has a name there. */
  async picture(name: string, page = this.page, documented: string | null = null): Promise<void> {
    mkdirSync(output, { recursive: true })
    // They go by themselves, but nobody waits for that.
    await page.addStyleTag({ content: '#red-ui-notifications { display: none }' }).catch(() => {})
    await page.screenshot({ path: join(output, `${name}.png`) })
    if (documented && process.env.UPDATE_SCREENSHOTS === '1')
      await page.screenshot({ path: join(screenshots, `${documented}.png`) })
  }
}
