import { BrowsedBackup } from './browsed-backup.tsx'
import { formatCount } from './format/numbers.ts'
import { renderDocument } from './frame.tsx'
import type { BrowseModel } from './model.ts'
import { type View, viewOf } from './view.ts'

/** What a backup holds, table by table. */
export function renderBrowse(model: BrowseModel): string {
  const view = viewOf(model)
  const words = view.text.browse
  return renderDocument(
    model,
    <>
      <BrowsedBackup view={view} model={model} title={words.title} />
      <section class="card" aria-labelledby="tables-heading">
        <h2 id="tables-heading">{words.tables}</h2>
        <p class="soft">{words.intro}</p>
        {model.tables.length === 0 ? <p>{words.noTables}</p> : <Tables view={view} model={model} />}
        {model.more && <p class="soft">{words.moreTables}</p>}
      </section>
      <LeftOut view={view} model={model} />
    </>,
  )
}

interface Part {
  readonly view: View
  readonly model: BrowseModel
}

function Tables({ view, model: { tables, backup } }: Part) {
  const words = view.text.browse
  return (
    <table class="tables">
      <thead>
        <tr>
          <th scope="col">{words.table}</th>
          <th scope="col">{words.rows}</th>
        </tr>
      </thead>
      <tbody>
        {tables.map(({ name, rows }) => (
          <tr>
            <th scope="row">
              <a
                href={`${view.base}/browse?name=${encodeURIComponent(backup.name)}&table=${encodeURIComponent(name)}`}
              >
                <bdi>{name}</bdi>
              </a>
            </th>
            <td class="number">{rows === null ? words.uncounted : formatCount(rows, view.language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function LeftOut({ view, model: { leftOut } }: Part) {
  if (leftOut.length === 0) return null
  const words = view.text.browse
  return (
    <section class="card" aria-labelledby="left-out-heading">
      <h2 id="left-out-heading">{words.leftOut}</h2>
      <p class="soft">{words.leftOutDetail}</p>
      <ul class="left-out">
        {leftOut.map(({ name, reason }) => (
          <li>
            <bdi>{name}</bdi> <span class="soft">{words.reason[reason]}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
