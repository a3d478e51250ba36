import { describe, expect, it } from 'vitest'
import { renderDelete, renderOverview } from '../../src/views/index.ts'
import { deletion, normal, running, severalDatabases, withErrors } from './sample-models.ts'

const hostile = `"><script>alert(1)</script>'`
const escaped = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;'

const pages: Readonly<Record<string, (tenantId: string) => string>> = {
  overview: (tenantId) => renderOverview({ ...normal(), tenantId }),
  'overview in a run': (tenantId) => renderOverview({ ...running(), tenantId }),
  'overview with refused settings': (tenantId) => renderOverview({ ...withErrors(), tenantId }),
  'overview of several databases': (tenantId) => renderOverview({ ...severalDatabases(), tenantId }),
  deletion: (tenantId) => renderDelete({ ...deletion(), tenantId }),
}

const formsIn = (html: string): readonly string[] => {
  const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'))
  return [...main.matchAll(/<form\b.*?<\/form>/gs)].map(([form]) => form)
}

const actionsIn = (html: string) =>
  formsIn(html).map((form) => / action="[^"]*\/([^"/]+)"/.exec(form)?.[1] ?? form)

describe.each(Object.keys(pages))('the page %s', (name) => {
  it('says in every form for which tenant it was opened, with every id', () => {
    for (const [tenantId, shown] of [
      ['acme', 'acme'],
      [hostile, escaped],
    ] as const) {
      const html = pages[name]!(tenantId)
      expect(formsIn(html).length).toBeGreaterThan(0)
      for (const form of formsIn(html)) {
        expect(form).toMatch(/^<form method="post" /)
        expect(form.split(`<input type="hidden" name="tenant" value="${shown}"/>`).length - 1).toBe(1)
      }
      expect(html).not.toContain('<script>alert')
    }
  })
})

it('is asked of everything that changes something', () => {
  const actions = [...actionsIn(pages['overview in a run']!('acme')), ...actionsIn(pages.deletion!('acme'))]
  expect([...new Set(actions)].toSorted()).toEqual([
    'cancel',
    'create',
    'delete',
    'protect',
    'settings',
    'verify',
  ])
})
