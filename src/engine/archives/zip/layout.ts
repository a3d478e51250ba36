/** Whether the entries of an archive fill it without a gap, each as the directory says. */
import { broken } from './broken.ts'
import { type CentralEntry, descriptorFlag } from './central-entry.ts'
import { expectOneName, readExtraFields, widen, zip64Id } from './extra-fields.ts'
import { seeZip64 } from './headers.ts'
import type { ReadFile } from './read-file.ts'

const headerSignature = 0x04034b50
const headerBytes = 30
/** Read along with a header: the extra fields of most. */
const extraBytes = 64
const descriptorSignature = 0x08074b50
/** Headers that are read at a time. */
const readsAtOnce = 16

/** An entry and where its bytes lie. */
export interface Located {
  readonly entry: CentralEntry
  readonly start: number
}

/** `end` is where the directory begins. */
export async function locateAll(
  file: ReadFile,
  entries: readonly CentralEntry[],
  end: number,
): Promise<readonly Located[]> {
  const order = [...entries].sort((a, b) => a.position - b.position)
  if ((order[0]?.position ?? end) !== 0) throw broken('something lies before its first entry')
  const located: Located[] = new Array(order.length)
  let next = 0
  const work = async () => {
    for (let index = next++; index < order.length; index = next++) {
      const entry = order[index] as CentralEntry
      located[index] = await locate(file, entry, order[index + 1]?.position ?? end)
    }
  }
  await Promise.all(Array.from({ length: readsAtOnce }, work))
  return located
}

/** `boundary` is where the next entry begins. */
async function locate(file: ReadFile, entry: CentralEntry, boundary: number): Promise<Located> {
  const { position, path, name } = entry
  const wanted = Math.min(headerBytes + name.length + extraBytes, boundary - position)
  if (wanted < headerBytes + name.length) throw broken('it overlaps another one', path)
  const header = await file.read(position, wanted)
  if (header.readUInt32LE(0) !== headerSignature) throw broken('it does not lie where it should', path)
  if (!header.subarray(headerBytes, headerBytes + header.readUInt16LE(26)).equals(name))
    throw broken('it has another name where it lies', path)
  const start = position + headerBytes + name.length + header.readUInt16LE(28)
  if (start + entry.compressedBytes > boundary) throw broken('it overlaps another one', path)
  expectSame(header, await extraOf(file, header, position, start), entry)
  await expectDescriptor(file, entry, start + entry.compressedBytes, boundary)
  return { entry, start }
}

/** Mostly it was read along with the header. */
function extraOf(file: ReadFile, header: Buffer, position: number, start: number): Buffer | Promise<Buffer> {
  const length = header.readUInt16LE(28)
  const from = start - length - position
  return from + length <= header.length
    ? header.subarray(from, from + length)
    : file.read(position + from, length)
}

function expectSame(header: Buffer, extra: Buffer, entry: CentralEntry): void {
  const { path } = entry
  const fields = readExtraFields(extra, path)
  expectOneName(fields, entry.name, path)
  if (header.readUInt16LE(6) !== entry.flags || header.readUInt16LE(8) !== entry.method)
    throw broken('it is packed otherwise than the directory says', path)
  const stated = [header.readUInt32LE(14), header.readUInt32LE(22), header.readUInt32LE(18)]
  // What comes behind the bytes may be left open here.
  const mayBeOpen = (entry.flags & descriptorFlag) !== 0
  const isOpen = (value: number | undefined) => mayBeOpen && (value === 0 || value === seeZip64)
  const sizes = widen(
    stated.slice(1).map((size) => (isOpen(size) ? 0 : size)),
    fields.get(zip64Id),
    path,
  )
  const found = [stated[0], ...sizes]
  const expected = [entry.crc, entry.sizeBytes, entry.compressedBytes]
  if (found.some((value, index) => value !== expected[index] && !isOpen(value)))
    throw broken('its sizes or its checksum are not those of the directory', path)
}

/** Nothing, or the sizes and the checksum once more, in one of four forms. */
async function expectDescriptor(
  file: ReadFile,
  entry: CentralEntry,
  at: number,
  boundary: number,
): Promise<void> {
  const length = boundary - at
  const isExpected = (entry.flags & descriptorFlag) !== 0
  if (!isExpected && length === 0) return
  if (!isExpected || ![12, 16, 20, 24].includes(length))
    throw broken('something lies behind it that is no entry', entry.path)
  const descriptor = await file.read(at, length)
  const isSigned = length === 16 || length === 24
  const fields = descriptor.subarray(isSigned ? 4 : 0)
  const [compressedBytes, sizeBytes] =
    fields.length === 12
      ? [fields.readUInt32LE(4), fields.readUInt32LE(8)]
      : [Number(fields.readBigUInt64LE(4)), Number(fields.readBigUInt64LE(12))]
  const agree =
    (!isSigned || descriptor.readUInt32LE(0) === descriptorSignature) &&
    fields.readUInt32LE(0) === entry.crc &&
    compressedBytes === entry.compressedBytes &&
    sizeBytes === entry.sizeBytes
  if (!agree) throw broken('what lies behind it disagrees with the directory', entry.path)
}
