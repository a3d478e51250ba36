import { noSuchRow } from '../refusals.ts'
import { type KeyPlan, quoted } from './shape.ts'

/** One value of a key, exactly as it is stored; the bytes of a text are those of the file's encoding. */
export type KeyPart =
  | { readonly type: 'null' }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'real'; readonly value: number }
  | { readonly type: 'text' | 'blob'; readonly value: Buffer }

export type Bound = bigint | number | Buffer | null

/** Characters of a key that fits into an address or a form. */
const longestKey = 2_000

/** What to select to learn a row's key, two values for each column of it. */
export function keySelection(plan: KeyPlan): readonly string[] {
  const names = plan.kind === 'rowid' ? [plan.name] : plan.columns.map(({ name }) => quoted(name))
  return names.flatMap((name) => [
    `typeof(${name})`,
    `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
  ])
}

export const keyWidth = (plan: KeyPlan) => (plan.kind === 'rowid' ? 2 : 2 * plan.columns.length)

export function readKey(values: readonly unknown[]): readonly KeyPart[] {
  const parts: KeyPart[] = []
  for (let at = 0; at < values.length; at += 2) {
    const value = values[at + 1]
    parts.push(value === null ? { type: 'null' } : ({ type: values[at], value } as KeyPart))
  }
  return parts
}

export function order(plan: KeyPlan): string {
  if (plan.kind === 'rowid') return plan.name
  return plan.columns
    .map(
      ({ name, collation, descending }) =>
        `${quoted(name)} COLLATE ${quoted(collation)}${descending ? ' DESC' : ''}`,
    )
    .join(', ')
}

/** A condition for the row of that key, or for all after it, with its values. */
export function condition(
  plan: KeyPlan,
  which: 'this' | 'after',
  parts: readonly KeyPart[],
): { readonly sql: string; readonly bound: readonly Bound[] } {
  const bound = parts.map((part) => (part.type === 'null' ? null : part.value))
  const values = parts.map(({ type }) => (type === 'text' ? 'CAST(? AS TEXT)' : '?'))
  if (plan.kind === 'rowid') return { sql: `${plan.name} ${which === 'this' ? '=' : '>'} ?`, bound }
  const columns = plan.columns.map(({ name, collation }) => `${quoted(name)} COLLATE ${quoted(collation)}`)
  const sql =
    which === 'this'
      ? columns.map((column, index) => `${column} IS ${values[index]}`).join(' AND ')
      : `(${columns.join(', ')}) > (${values.join(', ')})`
  return { sql, bound }
}

/** Whether rows after a key can be sought. */
export const canSeek = (plan: KeyPlan) => plan.kind === 'rowid' || plan.ascending

/** A key as it is sent around; empty when it is too long for that. */
export function writeKey(plan: KeyPlan, parts: readonly KeyPart[]): string {
  const [first] = parts
  if (plan.kind === 'rowid') return first?.type === 'integer' ? String(first.value) : ''
  const raw = parts.map((part) => {
    if (part.type === 'null') return ['n']
    if (part.type === 'integer') return ['i', String(part.value)]
    if (part.type === 'real') return ['r', part.value]
    return [part.type === 'text' ? 't' : 'b', part.value.toString('base64url')]
  })
  const text = Buffer.from(JSON.stringify(raw)).toString('base64url')
  return text.length > longestKey ? '' : text
}

/** Throws `invalid-request` for anything that `writeKey` doesn't write. */
export function parseKey(plan: KeyPlan, text: string): readonly KeyPart[] {
  if (plan.kind === 'rowid') return [integerOf(text)]
  try {
    const raw: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (Array.isArray(raw) && raw.length === plan.columns.length) return raw.map(partOf)
  } catch {
    // Not even JSON.
  }
  throw noSuchRow()
}

function partOf(raw: unknown): KeyPart {
  const [kind, value] = Array.isArray(raw) ? raw : []
  if (kind === 'n') return { type: 'null' }
  if (kind === 'i' && typeof value === 'string') return integerOf(value)
  if (kind === 'r' && typeof value === 'number') return { type: 'real', value }
  if ((kind === 't' || kind === 'b') && typeof value === 'string')
    return { type: kind === 't' ? 'text' : 'blob', value: Buffer.from(value, 'base64url') }
  throw noSuchRow()
}

function integerOf(text: string): KeyPart {
  const value = /^-?\d{1,19}$/.test(text) ? BigInt(text) : null
  if (value === null || BigInt.asIntN(64, value) !== value) throw noSuchRow()
  return { type: 'integer', value }
}
