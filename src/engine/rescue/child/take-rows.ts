import type { TakeEnd, TakeJob } from '../job.ts'
import { cannotBeRead } from '../refusals.ts'
import { say } from './channel.ts'
import { compared } from './compare.ts'
import { type KeyPart, parseKey, writeKey } from './keys.ts'
import type { OpenedFile } from './open-file.ts'
import { Output } from './output.ts'
import { scan } from './scan.ts'
import type { Shape } from './shape.ts'
import { type TakenValue, valuesReader } from './take-values.ts'
import { csvFormat } from './write-csv.ts'
import { jsonFormat } from './write-json.ts'

/** How rows are written down. */
export interface RowFormat {
  begin(output: Output): void
  row(output: Output, values: readonly TakenValue[]): void
  end(output: Output): void
}

/** Rows that are asked about at once. */
const batch = 500

/** Writes whole rows, one at a time in memory, and of large values a piece at a time. */
export function takeRows(file: OpenedFile, shape: Shape, job: TakeJob): void {
  const names = shape.columns.map(({ name }) => name)
  const format = job.format === 'csv' ? csvFormat(names) : jsonFormat(names)
  const read = valuesReader(file, shape)
  const output = new Output()
  const taken = { rows: 0, omitted: 0, bytes: 0 }
  format.begin(output)
  for (const key of keysOf(file, shape, job, () => output.sign(taken.rows))) {
    const values = read(key)
    if (values === null) continue
    format.row(output, values)
    taken.rows++
    taken.omitted += values.filter(({ kind }) => kind === 'omitted').length
    taken.bytes += values.reduce((sum, value) => sum + ('bytes' in value ? value.bytes : 0), 0)
    if (job.keys === null && taken.bytes > file.sizeBytes)
      throw cannotBeRead('it has more content than fits into the file')
    output.pass(taken.rows)
  }
  format.end(output)
  output.flush(taken.rows)
  const end: TakeEnd = { rows: taken.rows, omitted: taken.omitted }
  say('end', end)
}

/** Chosen ones once each, in the order in which they were chosen; otherwise all that match. */
function* keysOf(
  file: OpenedFile,
  shape: Shape,
  job: TakeJob,
  sign: () => void,
): Generator<readonly KeyPart[]> {
  if (job.keys !== null) {
    const chosen = job.keys.map((text) => parseKey(shape.key, text))
    yield* new Map(chosen.map((key) => [writeKey(shape.key, key), key])).values()
    return
  }
  const options = {
    search: job.search,
    start: { after: null, skip: 0 },
    identities: job.compare === 'only',
    isOver() {
      sign()
      return false
    },
  }
  const found = scan(file, shape, options, { scanned: 0, stoppedAt: null })
  for (const { key } of compared(found, job.compare === 'only' ? 'only' : 'no', batch)) yield key
}
