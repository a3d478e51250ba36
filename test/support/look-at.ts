import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { accessibilityViolations } from './accessibility.ts'
import { englishOn } from './german.ts'

const looks = {
  desk: { viewport: { width: 1180, height: 800 }, colorScheme: 'light', locale: 'en-GB' },
  telephone: { viewport: { width: 360, height: 800 }, colorScheme: 'dark', locale: 'de-DE' },
} as const satisfies Record<string, BrowserContextOptions>

/**
 * Looks at a page in English, light and on a desk, and in German, dark and on a telephone: nothing stands in the way
 * of those who can't see or use a mouse, nothing has to be pushed sideways, and no English is left in the German one.
 * `data` are words of the data. What was seen lies in `test-output` afterwards.
 */
export async function lookAtPage(
  name: string,
  open: (look: BrowserContextOptions) => Promise<Page>,
  data: readonly string[] = [],
): Promise<void> {
  for (const [kind, look] of Object.entries(looks)) {
    const page = await open(look)
    if (kind === 'telephone') await speakGerman(page)
    await shoot(page, kind === 'desk' ? name : `${name}-narrow-german`)
    await unfold(page)
    expect(await accessibilityViolations(page)).toEqual([])
    expect(await sideways(page)).toBe(0)
    if (kind === 'telephone') expect(await englishOn(page, data)).toEqual([])
  }
}

async function speakGerman(page: Page): Promise<void> {
  const url = page.url()
  const toggle = page.getByRole('button', { name: 'Deutsch', exact: true })
  if (await toggle.count()) await toggle.click()
  await page.locator('html[lang=de]').waitFor()
  await page.goto(url)
}

/** What the documentation shows; kept there where that is wanted. */
export async function publish(page: Page, name: string): Promise<void> {
  await shoot(
    page,
    name,
    process.env.UPDATE_SCREENSHOTS === '1' ? 'docs/screenshots' : 'test-output/docs',
    false,
  )
}

async function shoot(page: Page, name: string, folder = 'test-output', fullPage = true): Promise<void> {
  const path = fileURLToPath(new URL(`../../${folder}`, import.meta.url))
  mkdirSync(path, { recursive: true })
  await page.screenshot({ path: join(path, `${name}.png`), fullPage })
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
