import type { Output } from './output.ts'
import type { RowFormat } from './take-rows.ts'
import { pieces, type TakenValue } from './take-values.ts'

/** Spreadsheet programs take UTF-8 for something else without it. */
const byteOrderMark = '\uFEFF'
/** Bytes of a BLOB that are written at once. */
const pieceBytes = 64 * 1024

/**
 * RFC 4180. NULL is nothing at all, an empty text is `""`. A text that a spreadsheet program would take for a formula
 * gets an apostrophe in front; who needs it exactly takes JSON. Numbers are never changed.
 */
export function csvFormat(names: readonly string[]): RowFormat {
  return {
    begin(output) {
      output.write(`${byteOrderMark}${names.map(csvText).join(',')}\r\n`)
    },
    row(output, values) {
      for (const [index, value] of values.entries()) {
        if (index > 0) output.write(',')
        writeValue(output, value)
      }
      output.write('\r\n')
    },
    end() {},
  }
}

function writeValue(output: Output, value: TakenValue): void {
  if (value.kind === 'integer' || value.kind === 'real') output.write(String(value.value))
  if (value.kind === 'text') output.write(csvText(value.value))
  if (value.kind === 'omitted')
    output.write(`[${value.type} of ${value.bytes} bytes: too large to be taken out here]`)
  if (value.kind === 'blob') writeBlob(output, value.read())
  if (value.kind === 'raw-text') writeLong(output, value.read().decode())
}

export function csvText(text: string): string {
  const harmless = isFormula(text) ? `'${text}` : text
  return harmless === '' || /[",\r\n]|^\s|\s$/.test(harmless)
    ? `"${harmless.replaceAll('"', '""')}"`
    : harmless
}

/** Also behind white space, which spreadsheet programs overlook. */
const isFormula = (text: string) => /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/.test(text)

function writeLong(output: Output, parts: Iterable<string>): void {
  output.write('"')
  let isFirst = true
  for (const part of parts) {
    if (part === '') continue
    if (isFirst && isFormula(part)) output.write("'")
    isFirst = false
    output.write(part.replaceAll('"', '""'))
  }
  output.write('"')
}

/** As SQL writes it. */
function writeBlob(output: Output, bytes: Buffer): void {
  output.write("X'")
  for (const piece of pieces(bytes, pieceBytes)) output.write(piece.toString('hex').toUpperCase())
  output.write("'")
}
