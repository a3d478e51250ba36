import { BrowsePaging } from './browse-paging.tsx'
import { BrowseRows } from './browse-rows.tsx'
import { BrowseSearch } from './browse-search.tsx'
import { BrowsedBackup } from './browsed-backup.tsx'
import { formatCount } from './format/numbers.ts'
import { renderDocument } from './frame.tsx'
import type { BrowseTableModel } from './model.ts'
import { Notice } from './notice.tsx'
import { PostForm } from './post-form.tsx'
import { type View, viewOf } from './view.ts'

interface Part {
  readonly view: View
  readonly model: BrowseTableModel
}

/** One table of a backup, from which rows can be taken out. */
export function renderBrowseTable(model: BrowseTableModel): string {
  const view = viewOf(model)
  const words = view.text.browse
  const tables = `${view.base}/browse?name=${encodeURIComponent(model.backup.name)}`
  return renderDocument(
    model,
    <>
      <BrowsedBackup view={view} model={model} title={<bdi>{model.table}</bdi>}>
        <p>
          <a href={tables}>{words.toTables}</a>
        </p>
      </BrowsedBackup>
      <Notice notice={model.notice} />
      <BrowseSearch view={view} model={model} />
      <section class="card" aria-labelledby="rows-heading">
        <h2 id="rows-heading">{words.rows}</h2>
        <p role="status">{saying(view, model)}</p>
        {model.rows.length > 0 && <Found view={view} model={model} />}
        <BrowsePaging view={view} model={model} />
        <Remarks view={view} model={model} />
      </section>
    </>,
  )
}

/** What was found, in a sentence. */
function saying({ text: { browse: words }, language }: View, model: BrowseTableModel): string {
  const { rows, search, missingOnly, next, stopped, total, page } = model
  const count = (number: number) => formatCount(number, language)
  if (stopped !== null) return words.stopped(count(rows.length), count(stopped.scanned))
  const isAll = search === '' && !missingOnly
  if (rows.length === 0) return page > 1 ? words.noMore : isAll ? words.empty : words.nothing
  if (isAll && total !== null) return words.ofAll(count(rows.length), count(total))
  return next === null && page === 1
    ? words.found(rows.length, count(rows.length))
    : words.onPage(count(rows.length), count(page))
}

function Found({ view, model }: Part) {
  const words = view.text.browse
  const { backup, table, search, missingOnly } = model
  const isAll = search === '' && !missingOnly
  return (
    <PostForm view={view} class="found" action={`${view.base}/browse`} data-downloads="">
      <input type="hidden" name="name" value={backup.name} />
      <input type="hidden" name="table" value={table} />
      <input type="hidden" name="search" value={search} />
      {missingOnly && <input type="hidden" name="missing" value="1" />}
      <BrowseRows view={view} model={model} />
      <div class="takings">
        <Taking legend={words.takeChosen} which="chosen" view={view} />
        <Taking legend={isAll ? words.takeAll : words.takeMatches} which="all" view={view} />
      </div>
      <p class="soft">{words.takeDetail}</p>
    </PostForm>
  )
}

interface TakingProps {
  readonly view: View
  readonly legend: string
  readonly which: 'chosen' | 'all'
}

function Taking({ view, legend, which }: TakingProps) {
  const words = view.text.browse
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div class="buttons">
        {(['csv', 'json'] as const).map((format) => (
          <button
            class="button"
            type="submit"
            name="take"
            value={`${which} ${format}`}
            aria-label={`${legend}: ${words.as[format]}`}
          >
            {words.as[format]}
          </button>
        ))}
      </div>
    </fieldset>
  )
}

function Remarks({ view, model: { columns, columnCount, computed } }: Part) {
  const words = view.text.browse
  const said = (count: number) => formatCount(count, view.language)
  return (
    <>
      {columns.length < columnCount && (
        <p class="soft">{words.moreColumns(said(columns.length), said(columnCount))}</p>
      )}
      {computed.length > 0 && (
        <p class="soft">
          {words.computed} <bdi>{computed.join(', ')}</bdi>
        </p>
      )}
    </>
  )
}
