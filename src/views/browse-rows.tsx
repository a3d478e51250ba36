import { formatBytes } from './format/numbers.ts'
import type { BrowseRowModel, BrowseTableModel, CellModel } from './model.ts'
import type { View } from './view.ts'

interface Props {
  readonly view: View
  readonly model: BrowseTableModel
}

/** Wide tables are pushed sideways inside their frame; the page stays as wide as the screen. */
export function BrowseRows({ view, model }: Props) {
  const words = view.text.browse
  const marked = model.rows.some(({ missing }) => missing === true)
  return (
    <section class="scroll" tabindex={0} aria-label={words.rowsOf(model.table)}>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">{words.choice}</span>
            </th>
            {marked && <th scope="col">{words.today}</th>}
            {model.columns.map(({ name, primaryKey }) => (
              <th scope="col">
                <bdi>{visible(name)}</bdi>
                {primaryKey && <small>{words.primaryKey}</small>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {model.rows.map((row, index) => (
            <tr>
              <td class="choice">
                <Choice view={view} row={row} number={index + 1} />
              </td>
              {marked && <td>{row.missing === true && <span class="badge warn">{words.missing}</span>}</td>}
              {row.cells.map((cell) => (
                <td class={cell.type === 'integer' || cell.type === 'real' ? 'number' : undefined}>
                  <Cell view={view} cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Choice({
  view,
  row,
  number,
}: {
  readonly view: View
  readonly row: BrowseRowModel
  readonly number: number
}) {
  const words = view.text.browse
  if (row.key === '') return <span class="soft">{words.notChoosable}</span>
  const [first] = row.cells
  const begins = first && 'value' in first && first.type !== 'blob' ? visible(first.value).slice(0, 40) : ''
  return <input type="checkbox" name="row" value={row.key} aria-label={words.choose(number, begins)} />
}

function Cell({ view, cell }: { readonly view: View; readonly cell: CellModel }) {
  if (cell.type === 'null') return <span class="soft">NULL</span>
  if (!('bytes' in cell)) return <>{cell.value}</>
  const size = formatBytes(cell.bytes, view.language)
  if (cell.type === 'blob')
    return (
      <>
        <span class="soft">BLOB, {size}</span>{' '}
        <code>
          {cell.value}
          {cell.cut && '…'}
        </code>
      </>
    )
  return (
    <>
      <bdi>
        {visible(cell.value)}
        {cell.cut && '…'}
      </bdi>
      {cell.cut && <small>{view.text.browse.cut(size)}</small>}
    </>
  )
}

/** What has no shape gets the one that Unicode has for it. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is about
  return text.replaceAll(/[\0-\x08\x0b-\x1f\x7f]/g, (sign) =>
    sign === '\x7f' ? '\u2421' : String.fromCharCode(0x2400 + sign.charCodeAt(0)),
  )
}
