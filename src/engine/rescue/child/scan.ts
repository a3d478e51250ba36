import type { Identities, IdentityValue, Start } from '../job.ts'
import { cannotBeRead } from '../refusals.ts'
import { canSeek, condition, type KeyPart, keySelection, keyWidth, order, parseKey, readKey } from './keys.ts'
import type { OpenedFile } from './open-file.ts'
import { searchFor } from './search.ts'
import { quoted, type Shape } from './shape.ts'

export interface ScanOptions {
  readonly search: string
  readonly start: Start
  /** Whether keys are wanted as the live database is asked for them. */
  readonly identities: boolean
  /** Called every few hundred rows; the scan ends when it says so. */
  isOver(): boolean
}

export interface FoundRow {
  readonly key: readonly KeyPart[]
  /** Rows of the table up to this one. */
  readonly position: number
  readonly identity: Identities[number]
}

/** How a scan has ended, or how far it is. */
export interface ScanState {
  scanned: number
  /** Where it stood when it was over before the end of the table. */
  stoppedAt: { readonly key: readonly KeyPart[]; readonly position: number } | null
}

/** Rows between two looks at the clock. */
const lookEvery = 256
/** The least that a row takes in a file: a cell and the pointer to it. */
const leastRowBytes = 4
/** Bytes of a key's value that is worth comparing. */
const longestIdentity = 2_000

/** Rows in the order of their keys, those that match. No index is used but the table's own order. */
export function* scan(
  { connection, sizeBytes }: OpenedFile,
  shape: Shape,
  options: ScanOptions,
  state: ScanState,
): Generator<FoundRow> {
  const { key: plan } = shape
  const search =
    options.search === ''
      ? null
      : searchFor(
          connection,
          options.search,
          shape.columns.map(({ name }) => name),
        )
  const keyColumns = keySelection(plan)
  const identityColumns = options.identities ? shape.primaryKey.flatMap(identitySelection) : []
  const { clause, bound } = startAt(shape, options.start)
  const statement = connection
    .prepare(
      `SELECT ${[search?.sql ?? '1', ...keyColumns, ...identityColumns].join(', ')}
       FROM main.${quoted(shape.name)} ${plan.kind === 'rowid' ? 'NOT INDEXED' : ''} ${clause}`,
    )
    .raw()
    .safeIntegers()
  const width = keyWidth(plan)
  let position = options.start.skip
  for (const values of statement.iterate(...bound, ...(search ? [search.named] : [])) as Iterable<
    unknown[]
  >) {
    position++
    if (++state.scanned * leastRowBytes > sizeBytes)
      throw cannotBeRead('it has more rows than fit into the file')
    const [hit] = values
    if (hit === 1n) {
      const identity = options.identities ? readIdentity(values.slice(1 + width)) : null
      yield { key: readKey(values.slice(1, 1 + width)), position, identity }
    }
    if (state.scanned % lookEvery === 0 && options.isOver()) {
      state.stoppedAt = { key: readKey(values.slice(1, 1 + width)), position }
      return
    }
  }
}

function startAt({ key: plan }: Shape, { after, skip }: Start) {
  const end = `ORDER BY ${order(plan)} LIMIT -1`
  if (after === null || !canSeek(plan)) return { clause: `${end} OFFSET ?`, bound: [skip] }
  const { sql, bound } = condition(plan, 'after', parseKey(plan, after))
  return { clause: `WHERE ${sql} ${end}`, bound }
}

function identitySelection(name: string): readonly string[] {
  const column = quoted(name)
  return [`typeof(${column})`, `CASE WHEN octet_length(${column}) <= ${longestIdentity} THEN ${column} END`]
}

/** Null when it can't be told exactly: too long, or a text that is no valid Unicode. */
function readIdentity(values: readonly unknown[]): Identities[number] {
  const parts: IdentityValue[] = []
  for (let at = 0; at < values.length; at += 2) {
    const part = identityValue(values[at], values[at + 1])
    if (part === null) return null
    parts.push(part)
  }
  return parts
}

function identityValue(type: unknown, value: unknown): IdentityValue | null {
  if (type === 'null') return { type }
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) }
  if (typeof value === 'number') return Number.isFinite(value) ? { type: 'real', value } : null
  if (typeof value === 'string') return value.includes('\uFFFD') ? null : { type: 'text', value }
  return Buffer.isBuffer(value) ? { type: 'blob', value: value.toString('base64') } : null
}
