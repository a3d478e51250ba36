/** A single long cell doesn't push the columns of all rows apart. */
const widest = 40

/** Rows of harmless text, as columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0
  const widths = Array.from({ length: columns }, (_, column) => widthOf(rows.map((row) => row[column] ?? '')))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function widthOf(column: readonly string[]): number {
  return column.reduce((width, { length }) => (length > widest ? width : Math.max(width, length)), 0)
}
