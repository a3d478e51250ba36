import { mostColumnsShown, type RescueCell } from '../../rescuing.ts'
import type { RowsEnd, RowsJob, Start } from '../job.ts'
import { say } from './channel.ts'
import { type ComparedRow, compared } from './compare.ts'
import { condition, type KeyPart, writeKey } from './keys.ts'
import type { OpenedFile } from './open-file.ts'
import { type ScanState, scan } from './scan.ts'
import { quoted, type Shape } from './shape.ts'

/** Characters of a text, and bytes of a BLOB, that are shown. */
const textShown = 200
const bytesShown = 16
/** Bytes; of a larger value not even the beginning is shown, because SQLite would have to read all of it. */
const largestShown = 1024 * 1024

/** One page of a table. */
export function showRows(file: OpenedFile, shape: Shape, job: RowsJob): void {
  const deadline = performance.now() + job.withinMs
  const state: ScanState = { scanned: 0, stoppedAt: null }
  const options = {
    search: job.search,
    start: job.start,
    identities: job.compare !== 'no',
    isOver: () => performance.now() >= deadline,
  }
  const ended = showUntil(job, compared(scan(file, shape, options, state), job.compare, job.count + 1), {
    shape,
    cells: cellsReader(file, shape),
  })
  if (ended !== null) end({ next: ended, stopped: null })
  else if (state.stoppedAt === null) end({ next: null, stopped: null })
  else end({ next: startAfter(shape, state.stoppedAt), stopped: { scanned: state.scanned } })
}

interface Showing {
  readonly shape: Shape
  readonly cells: (key: readonly KeyPart[]) => readonly RescueCell[]
}

/** Where the next page begins; null when there were no more rows than fit on this one. */
function showUntil(job: RowsJob, rows: Iterable<ComparedRow>, { shape, cells }: Showing): Start | null {
  let skip = job.skipMatches
  let last: Start | null = null
  let sent = 0
  for (const row of rows) {
    if (skip-- > 0) continue
    if (sent++ === job.count) return last
    last = startAfter(shape, row)
    say('item', { key: writeKey(shape.key, row.key), missing: row.missing, cells: cells(row.key) })
  }
  return null
}

function end(ended: RowsEnd): void {
  say('end', ended)
}

function startAfter(
  { key: plan }: Shape,
  row: { readonly key: readonly KeyPart[]; readonly position: number },
): Start {
  return { after: writeKey(plan, row.key) || null, skip: row.position }
}

/** Reads the beginnings of a row's values, three results for each column. */
function cellsReader({ connection, encoding }: OpenedFile, shape: Shape) {
  const shown = shape.columns.slice(0, mostColumnsShown)
  const selection = shown.flatMap(({ name }) => {
    const column = quoted(name)
    const wanted = `substr(CAST(${column} AS BLOB), 1, CASE typeof(${column}) WHEN 'text' THEN ${4 * textShown} ELSE ${bytesShown} END)`
    return [
      `typeof(${column})`,
      `octet_length(${column})`,
      `CASE WHEN typeof(${column}) NOT IN ('text', 'blob') THEN ${column}
            WHEN octet_length(${column}) <= ${largestShown} THEN ${wanted} END`,
    ]
  })
  return (key: readonly KeyPart[]): readonly RescueCell[] => {
    if (shown.length === 0) return []
    const { sql, bound } = condition(shape.key, 'this', key)
    const values = connection
      .prepare(`SELECT ${selection.join(', ')} FROM main.${quoted(shape.name)} WHERE ${sql}`)
      .raw()
      .safeIntegers()
      .get(...bound) as unknown[] | undefined
    return shown.map((_, index) => cellOf(values?.slice(3 * index, 3 * index + 3) ?? [], encoding))
  }
}

function cellOf([type, length, value]: readonly unknown[], encoding: OpenedFile['encoding']): RescueCell {
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) }
  if (typeof value === 'number') return { type: 'real', value: String(value) }
  if (type !== 'text' && type !== 'blob') return { type: 'null' }
  const bytes = Number(length)
  const beginning = Buffer.isBuffer(value) ? value : Buffer.alloc(0)
  if (type === 'blob') return { type, value: beginning.toString('hex'), bytes, cut: beginning.length < bytes }
  // A character that was cut through is left out.
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(beginning, {
    stream: beginning.length < bytes,
  })
  const characters = [...text]
  const cut = beginning.length < bytes || characters.length > textShown
  return { type, value: characters.slice(0, textShown).join(''), bytes, cut }
}
