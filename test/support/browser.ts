import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Why browser tests can't run here; null when they can. */
export const browserMissing: string | null = existsSync(executablePath)
  ? null
  : `NOT RUN: there is no Chromium at ${executablePath} (Debian: apt-get install chromium)`

/** The caller closes it. It talks to nobody but the pages it is sent to. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
