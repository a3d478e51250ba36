import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  renderBrowse,
  renderBrowseTable,
  renderDelete,
  renderOverview,
  renderProblem,
  renderUpload,
} from '../../src/views/index.ts'
import { accessibilityViolations } from '../support/accessibility.ts'
import * as samples from './sample-models.ts'
import { ShownPages } from './shown-pages.ts'

const problem = {
  ...samples.frame(),
  status: 503,
  title: 'It failed',
  message: 'The disk is gone.',
  hint: 'Mend it.',
}

const documents: Readonly<Record<string, () => string>> = {
  empty: () => renderOverview(samples.empty()),
  normal: () => renderOverview(samples.normal()),
  running: () => renderOverview(samples.running()),
  troubled: () => renderOverview(samples.troubled()),
  'read-only': () => renderOverview(samples.readOnly()),
  German: () => renderOverview(samples.running('de')),
  'with errors': () => renderOverview(samples.withErrors()),
  'with several databases': () => renderOverview(samples.severalDatabases()),
  upload: () => renderUpload(samples.upload()),
  'upload, German': () => renderUpload(samples.upload('de', { databases: ['main'], uploads: [] })),
  'upload of an archive': () => renderUpload(samples.archiveUpload()),
  'upload of an archive, German': () => renderUpload(samples.archiveUpload('de')),
  'upload, refused': () =>
    renderUpload(
      samples.upload('en', {
        notice: { kind: 'problem', message: 'No file was chosen.', hint: 'Choose one.' },
      }),
    ),
  deletion: () => renderDelete(samples.deletion()),
  'what a backup holds': () => renderBrowse(samples.browsed()),
  'a table of a backup': () => renderBrowseTable(samples.browsedTable()),
  'a table of a backup in German': () => renderBrowseTable(samples.browsedTable('de')),
  problem: () => renderProblem(problem),
}

const pages = new ShownPages()

const openEverything = (page: Page) =>
  page.evaluate(() => {
    for (const details of document.querySelectorAll('details:not(.menu)')) details.setAttribute('open', '')
    document.querySelector('details.menu')?.setAttribute('open', '')
  })

describe.each(Object.keys(documents))('the page %s', (name) => {
  it('has no accessibility violation, light, dark and on a telephone, and fits there', async () => {
    const page = await pages.show(documents[name]!())
    await openEverything(page)
    expect(await accessibilityViolations(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await accessibilityViolations(page, 'color-contrast')).toEqual([])
    await page.setViewportSize({ width: 360, height: 800 })
    expect(await accessibilityViolations(page, 'target-size', 'scrollable-region-focusable')).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(pages.complaints).toEqual([])
  })
})
