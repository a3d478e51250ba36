import type { BrowseTableModel } from './model.ts'
import type { View } from './view.ts'

interface Props {
  readonly view: View
  readonly model: BrowseTableModel
}

export function BrowsePaging({ view, model }: Props) {
  const words = view.text.browse
  const { page, next, stopped } = model
  if (page === 1 && next === null) return null
  return (
    <nav class="buttons paging" aria-label={words.pages}>
      {page > 1 && (
        <a class="button" rel="prev" href={addressOf(view, model, page - 1, null)}>
          {words.previous}
        </a>
      )}
      {next !== null && (
        <a class="button" rel="next" href={addressOf(view, model, page + 1, next)}>
          {stopped === null ? words.next : words.goOn}
        </a>
      )}
    </nav>
  )
}

function addressOf(
  { base }: View,
  { backup, table, search, missingOnly }: BrowseTableModel,
  page: number,
  from: string | null,
): string {
  const query = new URLSearchParams({ name: backup.name, table })
  if (search !== '') query.set('search', search)
  if (missingOnly) query.set('missing', '1')
  if (page > 1) query.set('page', String(page))
  if (from !== null) query.set('from', from)
  return `${base}/browse?${query}`
}
