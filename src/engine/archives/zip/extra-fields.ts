import { broken } from './broken.ts'
import { seeZip64 } from './headers.ts'

export const zip64Id = 0x0001
const unicodePathId = 0x7075

/** Each field once: of two, one program believes the first and another the last. */
export function readExtraFields(bytes: Buffer, path: string): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>()
  let at = 0
  while (at + 4 <= bytes.length) {
    const id = bytes.readUInt16LE(at)
    const end = at + 4 + bytes.readUInt16LE(at + 2)
    if (end > bytes.length) throw broken('an extra field is cut off', path)
    if (fields.has(id)) throw broken('it has an extra field twice', path)
    fields.set(id, bytes.subarray(at + 4, end))
    at = end
  }
  return fields
}

/** A second name, in a field that not every program reads, has to be the same. */
export function expectOneName(fields: ReadonlyMap<number, Buffer>, name: Buffer, path: string): void {
  const other = fields.get(unicodePathId)
  if (other !== undefined && !other.subarray(5).equals(name)) throw broken('it has two names', path)
}

/** The values of a header's 32-bit fields, in the order of the ZIP64 field, which has those that don't fit. */
export function widen(values: readonly number[], field: Buffer | undefined, path: string): number[] {
  let at = 0
  return values.map((value) => {
    if (value !== seeZip64) return value
    if (field === undefined || at + 8 > field.length) throw broken('its ZIP64 sizes are missing', path)
    const wide = field.readBigUInt64LE(at)
    at += 8
    if (wide > BigInt(Number.MAX_SAFE_INTEGER)) throw broken('it has a size that is too large', path)
    return Number(wide)
  })
}
