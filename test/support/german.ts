import type { Page } from 'playwright-core'
import { de } from '../../hosts/embedded/web/text/de.ts'
import { en } from '../../hosts/embedded/web/text/en.ts'
import { german } from '../../src/views/text/de.ts'
import { english } from '../../src/views/text/en.ts'

/** Words without which hardly an English sentence is made, and that no German one has. */
const commonEnglish =
  /(?<![\w-])(the|and|of|is|are|has|been|with|for|not|ago|by|this|to|at|on|or|your)(?![\w-])/
const englishDates = /\b(Mon|Tue|Wed|Thu|Sun|Oct|Dec|May|October|December|Today|Tomorrow|Yesterday)\b/

const germanPhrases = new Set([...phrasesOf(german), ...phrasesOf(de)])

/** Whole texts of ours that read otherwise in German. */
const englishPhrases = [...phrasesOf(english), ...phrasesOf(en)]
  .filter((phrase) => phrase.length > 2 && !germanPhrases.has(phrase))
  .map((phrase) => new RegExp(`(?<![\\w-])${phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`))

/**
 * What of a page is English: what is read, and what is told to those who listen or point at something. `own` are
 * words of the data that stand on the page.
 */
export async function englishOn(page: Page, own: readonly string[] = []): Promise<readonly string[]> {
  const spoken = await page.evaluate(() => {
    const foreign = 'code, time[title], [lang]:not(html)'
    const attributes = ['aria-label', 'title', 'placeholder', 'alt', 'label']
    const told = [...document.querySelectorAll('body *:not(script)')]
      .filter((element) => !element.closest(foreign))
      .flatMap((element) => attributes.map((name) => element.getAttribute(name) ?? ''))
    const copy = document.body.cloneNode(true) as HTMLElement
    for (const element of copy.querySelectorAll('script, noscript, code, [lang]')) element.remove()
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT)
    const read: string[] = []
    while (walker.nextNode()) read.push(walker.currentNode.textContent?.trim() ?? '')
    return [document.title, ...told, ...read].filter((text) => text !== '')
  })
  const texts = spoken.map((text) => own.reduce((rest, word) => rest.replaceAll(word, ''), text))
  return texts.filter((text) =>
    [commonEnglish, englishDates, ...englishPhrases].some((some) => some.test(text)),
  )
}

function phrasesOf(texts: object): string[] {
  return Object.values(texts).flatMap((text) =>
    typeof text === 'string' ? [text] : typeof text === 'object' && text !== null ? phrasesOf(text) : [],
  )
}
