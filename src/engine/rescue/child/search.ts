import type { Connection } from './open-file.ts'
import { quoted } from './shape.ts'

/** Bytes; a value beyond is not searched, because it would have to be read whole. */
const largestSearched = 16 * 1024 * 1024

/** A condition for rows that have the text in one of the columns, and the parameters that it names. */
export interface Search {
  readonly sql: string
  readonly named: Readonly<Record<string, string>>
}

/**
 * SQLite's own LIKE knows the case of plain letters only, and ends a pattern at a NUL. For others the comparison is done here, by a function that
 * nothing in the file's schema can call.
 */
export function searchFor(connection: Connection, text: string, columns: readonly string[]): Search {
  if (!/\0|[^\0-\x7f]/.test(text)) {
    const search = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
    return { sql: anyOf(columns.map((name) => found(name, like))), named: { search } }
  }
  const wanted = text.toLowerCase()
  connection.function('has_wanted_text', { directOnly: true, deterministic: true }, (value: unknown) =>
    typeof value === 'string' && value.toLowerCase().includes(wanted) ? 1 : 0,
  )
  return {
    sql: anyOf(columns.map((name) => found(name, (column) => `has_wanted_text(${column})`))),
    named: {},
  }
}

const like = (column: string) => `${column} LIKE @search ESCAPE '\\'`

function found(name: string, test: (column: string) => string): string {
  const column = quoted(name)
  return `(octet_length(${column}) <= ${largestSearched} AND ${test(column)})`
}

/** As flat as a tree can be: SQLite takes only so many levels, and tables may have thousands of columns. */
function anyOf(conditions: readonly string[]): string {
  if (conditions.length <= 1) return conditions[0] ?? '0'
  const middle = conditions.length >> 1
  return `(${anyOf(conditions.slice(0, middle))} OR ${anyOf(conditions.slice(middle))})`
}
