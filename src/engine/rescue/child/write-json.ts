import type { Output } from './output.ts'
import type { RowFormat } from './take-rows.ts'
import { pieces, type RawText, type TakenValue } from './take-values.ts'

/** A multiple of three, so that pieces of base64 can be put together. */
const pieceBytes = 48 * 1024

/**
 * An array of objects, one a line. Whole numbers beyond 2^53 are texts, with every digit; a BLOB is
 * `{ "base64": "..." }`, and a text that is no valid Unicode `{ "text": "...", "base64": "..." }`.
 */
export function jsonFormat(names: readonly string[]): RowFormat {
  const keys = names.map((name) => `${JSON.stringify(name)}:`)
  let first = true
  return {
    begin: (output) => output.write('['),
    row(output, values) {
      output.write(first ? '\n{' : ',\n{')
      first = false
      for (const [index, value] of values.entries()) {
        output.write(`${index > 0 ? ',' : ''}${keys[index]}`)
        writeValue(output, value)
      }
      output.write('}')
    },
    end: (output) => output.write('\n]\n'),
  }
}

function writeValue(output: Output, value: TakenValue): void {
  if (value.kind === 'null') output.write('null')
  if (value.kind === 'integer') output.write(integer(value.value))
  if (value.kind === 'real')
    output.write(JSON.stringify(Number.isFinite(value.value) ? value.value : String(value.value)))
  if (value.kind === 'text') output.write(JSON.stringify(value.value))
  if (value.kind === 'omitted') output.write(JSON.stringify({ omitted: value.type, bytes: value.bytes }))
  if (value.kind === 'blob') {
    output.write('{"base64":')
    writeBase64(output, value.read())
    output.write('}')
  }
  if (value.kind === 'raw-text') writeRaw(output, value.read())
}

function integer(value: bigint): string {
  const exact = BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER)
  return exact ? String(value) : `"${value}"`
}

function writeRaw(output: Output, { stored, valid, decode }: RawText): void {
  if (!valid) output.write('{"text":')
  output.write('"')
  for (const part of decode()) output.write(JSON.stringify(part).slice(1, -1))
  output.write('"')
  if (valid) return
  output.write(',"base64":')
  writeBase64(output, stored)
  output.write('}')
}

function writeBase64(output: Output, bytes: Buffer): void {
  output.write('"')
  for (const piece of pieces(bytes, pieceBytes)) output.write(piece.toString('base64'))
  output.write('"')
}
