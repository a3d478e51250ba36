import type { BrowseTableModel } from './model.ts'
import type { View } from './view.ts'

interface Props {
  readonly view: View
  readonly model: BrowseTableModel
}

/** What to look for. It only asks, so it is sent by GET, and works without a script. */
export function BrowseSearch({ view, model }: Props) {
  const words = view.text.browse
  const { backup, table, search, missingOnly, comparable } = model
  const all = `${view.base}/browse?name=${encodeURIComponent(backup.name)}&table=${encodeURIComponent(table)}`
  return (
    <section class="card" aria-label={words.search}>
      <form class="find" method="get" action={`${view.base}/browse`}>
        <input type="hidden" name="name" value={backup.name} />
        <input type="hidden" name="table" value={table} />
        <div class="field">
          <label for="search">{words.searchFor}</label>
          <input type="search" id="search" name="search" value={search} maxlength={200} autocomplete="off" />
        </div>
        {comparable && (
          <div class="check">
            <input
              type="checkbox"
              id="missing"
              name="missing"
              value="1"
              checked={missingOnly}
              aria-describedby="missing-detail"
            />
            <label for="missing">{words.missingOnly}</label>
            <small id="missing-detail">{words.missingOnlyDetail}</small>
          </div>
        )}
        <div class="buttons">
          <button class="button primary" type="submit">
            {words.search}
          </button>
          {(search !== '' || missingOnly) && (
            <a class="button" href={all}>
              {words.showAll}
            </a>
          )}
        </div>
      </form>
    </section>
  )
}
