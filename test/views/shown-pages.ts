import type { ServerResponse } from 'node:http'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { RunModel } from '../../src/views/model.ts'
import { browserMissing, launchBrowser } from '../support/browser.ts'
import { PageServer } from './page-server.ts'
import { run } from './sample-models.ts'

export const base = '/settings/admin/backup'

/** Rendered pages in a browser, for the tests of one file. Without a browser each of them says NOT RUN. */
export class ShownPages {
  readonly server = new PageServer()
  /** What the browser's console called an error since the test began. */
  readonly complaints: string[] = []
  origin = ''
  readonly #contexts: BrowserContext[] = []
  #browser: Browser | null = null

  constructor() {
    beforeAll(() => this.#start())
    afterAll(() => this.#stop())
    beforeEach((context) => {
      if (browserMissing) context.skip(browserMissing)
      this.#clear()
    })
    afterEach(async () => {
      for (const context of this.#contexts.splice(0)) await context.close()
    })
  }

  /** Opens the overview's address with this document behind it. */
  async show(html: string, options: BrowserContextOptions = {}): Promise<Page> {
    if (!this.#browser) throw new Error('The browser is not running')
    const context = await this.#browser.newContext({ viewport: { width: 1180, height: 800 }, ...options })
    this.#contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    this.server.page(base, html)
    await page.goto(`${this.origin}${base}`)
    return page
  }

  async #start(): Promise<void> {
    if (browserMissing) return
    this.server.answer('/favicon.ico', (_request, response) => response.writeHead(204).end())
    this.origin = await this.server.listen()
    this.#browser = await launchBrowser()
  }

  async #stop(): Promise<void> {
    if (!this.#browser) return
    await this.#browser.close()
    await this.server.close()
  }

  #clear(): void {
    this.complaints.length = 0
    this.server.posts.length = 0
    this.server.answer(`${base}/runs/run-1/events`, (_request, response) => startEvents(response, run()))
  }
}

/** Begins a stream of events, with one in it; the returned function sends the next. */
export function startEvents(response: ServerResponse, first: RunModel): (run: RunModel) => void {
  const send = (run: RunModel) => response.write(`event: run\ndata: ${JSON.stringify(run)}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  send(first)
  return send
}
