import { describe, expect, it } from 'vitest'
import { renderBrowse, renderBrowseTable } from '../../src/views/index.ts'
import { browsed, browsedTable } from './sample-models.ts'

describe('the page of what a backup holds', () => {
  it('leads to every table, and says what is left out and why', () => {
    const html = renderBrowse(browsed())
    expect(html).toContain('Look into a backup')
    expect(html).toContain(
      'href="/settings/admin/backup/browse?name=main_20261120_133200Z.sqlite&amp;table=order%20lines%20%22%3Cb%3E"',
    )
    expect(html).toContain('3,503')
    expect(html).toContain('not counted')
    expect(html).toContain('a view: it only shows what lies in tables')
    expect(html).toContain('What a view or a virtual table does when it is read is up to who made the file')
  })

  it('says when there is nothing in it', () => {
    const html = renderBrowse({ ...browsed('de'), tables: [], leftOut: [] })
    expect(html).toContain('Es ist keine Tabelle darin.')
    expect(html).not.toContain('Ausgelassen')
  })
})

describe('the page of a table', () => {
  it('shows values as they are, harmless, with the length of what is cut', () => {
    const html = renderBrowseTable(browsedTable())
    expect(html).toContain('9007199254740993')
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).toContain('with ␀ inside')
    expect(html).toContain('12.3 MB in all, whole in the download')
    expect(html).toContain('BLOB, 1.2 kB')
    expect(html).toContain('NULL')
    expect(html).toContain('The first 3 of 2,000 columns')
    expect(html).toContain('not stored but computed')
  })

  it('marks what is missing today, in words', () => {
    expect(renderBrowseTable(browsedTable())).toContain('<span class="badge warn">missing</span>')
    const rows = browsedTable().rows.map((row) => ({ ...row, missing: false }))
    expect(renderBrowseTable({ ...browsedTable(), rows })).not.toContain('badge warn')
  })

  it('keeps the search on the way to the next page, and to the download', () => {
    const html = renderBrowseTable({ ...browsedTable(), search: 'a&b', missingOnly: true, page: 2 })
    expect(html).toContain('search=a%26b&amp;missing=1&amp;page=3&amp;from=100.100')
    expect(html).toContain('<input type="hidden" name="search" value="a&amp;b"/>')
    expect(html).toContain('<input type="hidden" name="missing" value="1"/>')
    expect(html).toContain('Download all rows that match')
  })

  it('does not offer what can’t be done', () => {
    const html = renderBrowseTable({ ...browsedTable(), comparable: false, next: null })
    expect(html).not.toContain('missing today')
    expect(html).not.toContain('Next page')
  })

  it.each([
    [{ rows: [], search: 'x' }, 'Nothing was found.'],
    [{ rows: [], search: '' }, 'The table is empty.'],
    [{ rows: [], page: 4 }, 'There are no more rows.'],
    [{ stopped: { scanned: 2_500_000 } }, 'The search paused after 2,500,000 rows'],
    [{ total: 3_503 }, '3 of 3,503 rows.'],
  ])('says what it found: %j', (change, sentence) => {
    expect(renderBrowseTable({ ...browsedTable(), ...change })).toContain(sentence)
  })
})
