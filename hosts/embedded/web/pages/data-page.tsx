import type { FC } from 'hono/jsx'
import type { Cell, TableContent, TableSummary } from '../../tenants/tables.ts'
import { type Text, textIn } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { Pager, page } from './frame.tsx'
import type { HeaderModel } from './header.tsx'

export interface TablesModel {
  readonly visitor: Visitor
  readonly header: HeaderModel
  readonly databases: readonly {
    readonly name: string
    readonly problem: string | null
    readonly tables: readonly TableSummary[]
  }[]
}

export function tablesPage({ visitor, header, databases }: TablesModel): string {
  const text = textIn(visitor.language)
  return page(
    {
      language: visitor.language,
      title: text.data.title,
      header,
      crumbs: [{ label: text.nav.home, path: '/' }],
    },
    <>
      <p class="host-lead">{text.data.lead}</p>
      {databases.map((database) => (
        <section class="host-card">
          <h2>
            <bdi>{database.name}</bdi>
          </h2>
          {database.problem && (
            <p class="host-alert" role="alert">
              {database.problem}
            </p>
          )}
          {database.problem === null && database.tables.length === 0 && <p>{text.data.noTables}</p>}
          <ul class="host-list">
            {database.tables.map((table) => (
              <li>
                <a href={tablePath(database.name, table.name, 1)}>
                  <bdi>{table.name}</bdi>
                </a>
                <small>{text.data.count(table.rows)}</small>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>,
  )
}

export interface TableModel {
  readonly visitor: Visitor
  readonly header: HeaderModel
  readonly database: string
  readonly content: TableContent
  readonly page: number
  readonly pages: number
  readonly notice: keyof Text['data']['notices'] | null
  /** What was refused, and why. */
  readonly problem: string | null
  /** The values of a row that was refused, by column. */
  readonly typed: ReadonlyMap<number, string> | null
}

export function tablePage(model: TableModel): string {
  const { visitor, content } = model
  const text = textIn(visitor.language)
  return page(
    {
      language: visitor.language,
      title: content.name,
      header: model.header,
      crumbs: [
        { label: text.nav.home, path: '/' },
        { label: text.data.title, path: '/data' },
      ],
      notice: model.notice && text.data.notices[model.notice],
    },
    <>
      {model.problem && (
        <p class="host-alert" role="alert">
          {model.problem}
        </p>
      )}
      {visitor.permissions.has('data.write') && <AddForm model={model} text={text} />}
      <div class="host-card">
        <section class="host-scroll" tabindex={0} aria-label={text.data.rows}>
          {content.rows.length === 0 ? <p>{text.data.empty}</p> : <Rows model={model} text={text} />}
        </section>
      </div>
      <Pager
        language={visitor.language}
        page={model.page}
        pages={model.pages}
        link={(number) => tablePath(model.database, content.name, number)}
      />
    </>,
  )
}

const Rows: FC<{ model: TableModel; text: Text }> = ({ model, text }) => {
  const mayWrite = model.visitor.permissions.has('data.write')
  return (
    <table class="host-table host-rows">
      <caption>{text.data.count(model.content.total)}</caption>
      <thead>
        <tr>
          {model.content.columns.map((column) => (
            <th scope="col">
              <bdi>{column.name}</bdi>
            </th>
          ))}
          {mayWrite && <th scope="col">{text.data.actions}</th>}
        </tr>
      </thead>
      <tbody>
        {model.content.rows.map((row) => (
          <tr>
            {row.cells.map((cell) => (
              <td>
                <CellText cell={cell} text={text} />
              </td>
            ))}
            {mayWrite && (
              <td>
                <form method="post" action="/data/delete">
                  <input type="hidden" name="database" value={model.database} />
                  <input type="hidden" name="table" value={model.content.name} />
                  <input type="hidden" name="key" value={row.key} />
                  <input type="hidden" name="page" value={String(model.page)} />
                  <button
                    class="host-plain host-danger"
                    type="submit"
                    aria-label={text.data.deleteLabel(row.key)}
                  >
                    {text.data.delete}
                  </button>
                </form>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const CellText: FC<{ cell: Cell; text: Text }> = ({ cell, text }) => {
  if (cell.kind === 'null') return <span class="host-soft">{text.data.null}</span>
  if (cell.kind === 'blob') return <span class="host-soft">{text.data.blob(cell.bytes)}</span>
  return <bdi>{cell.cut ? `${cell.text}…` : cell.text}</bdi>
}

const AddForm: FC<{ model: TableModel; text: Text }> = ({ model: { content, database, typed }, text }) => (
  <details class="host-card" open={typed !== null}>
    <summary class="host-strong">{text.data.add}</summary>
    <form class="host-edit" method="post" action="/data/add">
      <input type="hidden" name="database" value={database} />
      <input type="hidden" name="table" value={content.name} />
      <div class="host-fields">
        {content.columns.map((column, i) => (
          <label class="host-field">
            <bdi>{column.name}</bdi>
            <input
              name={`value.${i}`}
              value={typed?.get(i) ?? ''}
              autocomplete="off"
              placeholder={column.needed ? '' : text.data.keepDefault}
            />
            <small>{column.type}</small>
          </label>
        ))}
      </div>
      <button class="host-primary" type="submit">
        {text.data.addButton}
      </button>
    </form>
  </details>
)

export function tablePath(database: string, table: string, number: number): string {
  return `/data?${new URLSearchParams({ database, table, page: String(number) })}`
}
