import { formatCount } from './format/numbers.ts'
import { formatMoment } from './format/times.ts'
import type { TableChangeModel, TableStateModel } from './model.ts'
import type { View } from './view.ts'

interface TablesProps {
  readonly view: View
  readonly tables: readonly TableChangeModel[]
}

/** Table by table what is there now and what was there then; those that differ first, the others on request. */
export function RestoreTables({ view, tables }: TablesProps) {
  if (tables.length === 0) return null
  const words = view.text.restore
  const changed = tables.filter(differs)
  const same = tables.filter((table) => !differs(table))
  const sum = (sign: 1 | -1) =>
    changed.reduce((total, table) => total + Math.max(0, sign * (gain(table) ?? 0)), 0)
  return (
    <section class="card" aria-labelledby="changes-heading">
      <h2 id="changes-heading">{words.changes}</h2>
      <p>
        <strong>{words.sum(sum(1), sum(-1))}</strong> <span class="soft">{words.sumDetail}</span>
      </p>
      {changed.length > 0 && <Rows view={view} tables={changed} />}
      {same.length > 0 && (
        <details class="unchanged">
          <summary>{words.unchanged(same.length)}</summary>
          <Rows view={view} tables={same} />
        </details>
      )}
    </section>
  )
}

/** Rows that come back; negative for rows that are lost, null when nobody has counted. */
function gain({ now, inBackup }: TableChangeModel): number | null {
  const before = now === null ? 0 : now.rows
  const after = inBackup === null ? 0 : inBackup.rows
  return before === null || after === null ? null : after - before
}

function differs(table: TableChangeModel): boolean {
  const { now, inBackup } = table
  if (now === null || inBackup === null) return true
  return gain(table) !== 0 || now.newestAt !== inBackup.newestAt
}

function Rows({ view, tables }: TablesProps) {
  const words = view.text.restore
  return (
    <table class="changes">
      <thead>
        <tr>
          <th scope="col">{words.table}</th>
          <th scope="col">{words.now}</th>
          <th scope="col">{words.inBackup}</th>
          <th scope="col">{words.difference}</th>
        </tr>
      </thead>
      <tbody>
        {tables.map((table) => (
          <tr>
            <th scope="row">
              <bdi>{table.table}</bdi>
            </th>
            <td data-label={words.now}>
              <State view={view} state={table.now} />
            </td>
            <td data-label={words.inBackup}>
              <State view={view} state={table.inBackup} />
            </td>
            <td class="difference">{differenceWords(view, table)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function State({ view, state }: { readonly view: View; readonly state: TableStateModel | null }) {
  const words = view.text.restore
  if (state === null) return <span class="soft">{words.noTable}</span>
  return (
    <>
      <span class="number">
        {state.rows === null ? words.uncounted : formatCount(state.rows, view.language)}
      </span>
      {state.newestAt !== null && <small>{words.newest(formatMoment(view, state.newestAt))}</small>}
    </>
  )
}

function differenceWords(view: View, table: TableChangeModel): string {
  const words = view.text.restore
  if (table.now === null) return words.tableBack
  if (table.inBackup === null) return words.tableLost
  const rows = gain(table)
  if (rows === null) return ''
  if (rows > 0) return words.back(rows)
  if (rows < 0) return words.lost(-rows)
  return table.now.newestAt === table.inBackup.newestAt ? '' : words.sameCount
}
