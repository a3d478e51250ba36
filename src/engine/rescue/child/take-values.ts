import { cannotBeRead } from '../refusals.ts'
import { condition, type KeyPart } from './keys.ts'
import type { OpenedFile } from './open-file.ts'
import { quoted, type Shape } from './shape.ts'

/** One value of a row that is taken out. */
export type TakenValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'text'; readonly bytes: number; readonly value: string }
  /** A large text, or one that is no valid Unicode. Large values are read when they are written, one after the other. */
  | { readonly kind: 'raw-text'; readonly bytes: number; readonly read: () => RawText }
  | { readonly kind: 'blob'; readonly bytes: number; readonly read: () => Buffer }
  | { readonly kind: 'omitted'; readonly bytes: number; readonly type: 'TEXT' | 'BLOB' }

export interface RawText {
  /** In the encoding of the file. */
  readonly stored: Buffer
  readonly valid: boolean
  /** What is not valid becomes U+FFFD. */
  decode(): Iterable<string>
}

/** Bytes: a value up to this is read together with its row. */
const smallBytes = 64 * 1024
/** Bytes: a value beyond is not taken out, because SQLite would have to hold all of it in memory. */
export const largestTaken = 64 * 1024 * 1024
/** Columns that are read at once: SQLite gives 2,000 results at most, and each column takes three. */
const columnsAtOnce = 500
const pieceBytes = 256 * 1024

export type ReadValues = (key: readonly KeyPart[]) => readonly TakenValue[] | null

/** Reads whole rows by their keys; null for a row that there isn't. */
export function valuesReader(file: OpenedFile, shape: Shape): ReadValues {
  const names = shape.columns.map(({ name }) => name)
  const groups = Array.from({ length: Math.ceil(names.length / columnsAtOnce) }, (_, index) =>
    names.slice(index * columnsAtOnce, (index + 1) * columnsAtOnce),
  )
  const readGroups = groups.map((group) => groupReader(file, shape, group))
  return (key) => {
    const values: TakenValue[] = []
    for (const read of readGroups) {
      const some = read(key)
      if (some === null) return null
      values.push(...some)
    }
    return values
  }
}

function groupReader({ connection, encoding }: OpenedFile, shape: Shape, group: readonly string[]) {
  const from = `FROM main.${quoted(shape.name)}`
  const selection = group
    .map(quoted)
    .flatMap((column) => [
      `typeof(${column})`,
      `octet_length(${column})`,
      `CASE WHEN typeof(${column}) NOT IN ('text', 'blob') OR octet_length(${column}) <= ${smallBytes} THEN ${column} END`,
    ])
  const statements = new Map<string, ReturnType<typeof connection.prepare>>()
  const prepare = (sql: string) => {
    const known = statements.get(sql)
    if (known) return known
    const made = connection.prepare(sql).raw().safeIntegers()
    statements.set(sql, made)
    return made
  }

  return (key: readonly KeyPart[]): readonly TakenValue[] | null => {
    const { sql, bound } = condition(shape.key, 'this', key)
    const bytesOf = (name: string) => {
      const row = prepare(`SELECT CAST(${quoted(name)} AS BLOB) ${from} WHERE ${sql}`).get(
        ...bound,
      ) as unknown[]
      return Buffer.isBuffer(row?.[0]) ? row[0] : Buffer.alloc(0)
    }
    const row = prepare(`SELECT ${selection.join(', ')} ${from} WHERE ${sql}`).get(...bound) as
      | unknown[]
      | undefined
    if (row === undefined) return null
    return group.map((name, index) =>
      takenValue(row.slice(3 * index, 3 * index + 3), () => bytesOf(name), encoding),
    )
  }
}

function takenValue(
  [type, length, value]: readonly unknown[],
  bytesOf: () => Buffer,
  encoding: string,
): TakenValue {
  const bytes = Number(length ?? 0)
  if (type === 'null') return { kind: 'null' }
  if (typeof value === 'bigint') return { kind: 'integer', value }
  if (typeof value === 'number') return { kind: 'real', value }
  if (Buffer.isBuffer(value)) return { kind: 'blob', bytes, read: () => value }
  if (typeof value === 'string' && !value.includes('\uFFFD')) return { kind: 'text', bytes, value }
  if (type !== 'text' && type !== 'blob') throw cannotBeRead('a value is of no known type')
  if (bytes > largestTaken) return { kind: 'omitted', bytes, type: type === 'text' ? 'TEXT' : 'BLOB' }
  if (type === 'blob') return { kind: 'blob', bytes, read: bytesOf }
  return { kind: 'raw-text', bytes, read: () => rawText(bytesOf(), encoding) }
}

const rawText = (stored: Buffer, encoding: string): RawText => ({
  stored,
  valid: isValid(stored, encoding),
  decode: () => decoded(stored, encoding),
})

export function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function* decoded(bytes: Buffer, encoding: string, fatal = false): Generator<string> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true, fatal })
  for (const piece of pieces(bytes, pieceBytes)) yield decoder.decode(piece, { stream: true })
  yield decoder.decode()
}

function isValid(bytes: Buffer, encoding: string): boolean {
  try {
    for (const _ of decoded(bytes, encoding, true));
    return true
  } catch {
    return false
  }
}
