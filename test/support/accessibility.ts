import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 A and AA as far as axe knows them, and its best practices. */
const everything = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds on the page as it is shown, one line per rule with the elements; all rules unless some are named. */
export async function accessibilityViolations(page: Page, ...rules: readonly string[]): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(
    async ({ rules, everything }) => {
      const checker = (globalThis as unknown as { axe: typeof import('axe-core') }).axe
      const runOnly = rules.length > 0 ? { type: 'rule' as const, values: rules } : everything
      const { violations } = await checker.run(document, { runOnly })
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
    },
    { rules: [...rules], everything },
  )
}
