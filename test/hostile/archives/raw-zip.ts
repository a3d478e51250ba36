/** Writes archives byte by byte, so that every field can lie. Shares nothing with what it is used against. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface Header {
  readonly versionMadeBy: number
  readonly versionNeeded: number
  readonly flags: number
  readonly method: number
  readonly time: number
  readonly date: number
  readonly crc: number
  readonly compressedBytes: number
  readonly sizeBytes: number
  readonly name: Buffer
  readonly extra: Buffer
}

export interface CentralHeader extends Header {
  readonly comment: Buffer
  readonly disk: number
  readonly attributes: number
  readonly position: number
}

/** What an entry is made of; everything that is left out is true. */
export interface Part {
  readonly name?: string | Buffer
  readonly content?: Buffer
  /** As it lies there, whatever the content is. */
  readonly packed?: Buffer
  readonly method?: number
  readonly flags?: number
  readonly attributes?: number
  readonly versionMadeBy?: number
  readonly local?: Partial<Header>
  readonly central?: Partial<CentralHeader>
  /** Bytes before the local header, and behind the content. */
  readonly before?: Buffer
  readonly behind?: Buffer
  /** Leaves it out of the file, or out of the directory. */
  readonly onlyCentral?: boolean
  readonly onlyLocal?: boolean
}

export interface End {
  readonly disk: number
  readonly directoryDisk: number
  readonly entriesHere: number
  readonly entries: number
  readonly bytes: number
  readonly position: number
  readonly comment: Buffer
  /** Between the directory and the end. */
  readonly before: Buffer
  readonly behind: Buffer
}

export const unixFile = (0o100644 << 16) >>> 0
const madeByUnix = (3 << 8) | 45

export function rawZip(parts: readonly Part[], end: (truth: End) => Partial<End> = () => ({})): Buffer {
  const blocks: Buffer[] = []
  const directory: Buffer[] = []
  let position = 0
  const put = (block: Buffer) => {
    blocks.push(block)
    position += block.length
  }
  for (const part of parts) {
    const { header, packed } = truthOf(part)
    put(part.before ?? none)
    const central = { ...header, comment: none, disk: 0, attributes: part.attributes ?? unixFile, position }
    if (!part.onlyCentral) {
      put(localHeader({ ...header, ...part.local }))
      put(packed)
      put(part.behind ?? none)
    }
    if (!part.onlyLocal) directory.push(centralHeader({ ...central, ...part.central }))
  }
  const bytes = directory.reduce((sum, { length }) => sum + length, 0)
  const count = directory.length
  const truth = {
    ...{ disk: 0, directoryDisk: 0, entriesHere: count, entries: count, bytes, position },
    ...{ comment: none, before: none, behind: none },
  }
  const said = { ...truth, ...end(truth) }
  return Buffer.concat([...blocks, ...directory, said.before, endRecord(said), said.behind])
}

/** A record of 56 bytes and its locator, to be put before the end. */
export function zip64End(said: {
  readonly entries: number | bigint
  readonly bytes: number
  readonly position: number
  readonly at?: number
  readonly length?: number
}): Buffer {
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(BigInt(said.length ?? 44), 4)
  record.writeUInt16LE(45, 12)
  record.writeUInt16LE(45, 14)
  record.writeBigUInt64LE(BigInt(said.entries), 24)
  record.writeBigUInt64LE(BigInt(said.entries), 32)
  record.writeBigUInt64LE(BigInt(said.bytes), 40)
  record.writeBigUInt64LE(BigInt(said.position), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(said.at ?? said.position + said.bytes), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([record, locator])
}

export function extraField(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}

export function wide(...values: readonly (number | bigint)[]): Buffer {
  const field = Buffer.alloc(values.length * 8)
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), index * 8)
  return field
}

/** Sizes behind the content. */
export function descriptor(crc: number, compressedBytes: number, sizeBytes: number, isSigned = true): Buffer {
  const fields = Buffer.alloc(12)
  fields.writeUInt32LE(crc, 0)
  fields.writeUInt32LE(compressedBytes, 4)
  fields.writeUInt32LE(sizeBytes, 8)
  return isSigned ? Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), fields]) : fields
}

const none = Buffer.alloc(0)

function truthOf(part: Part): { readonly header: Header; readonly packed: Buffer } {
  const content = part.content ?? Buffer.from('content\n')
  const method = part.method ?? 8
  const packed = part.packed ?? (method === 8 ? deflateRawSync(content) : content)
  const name = Buffer.from(part.name ?? 'app/file.txt')
  const flags = part.flags ?? (name.every((byte) => byte < 0x80) ? 0 : 0x0800)
  const sizes = { crc: crc32(content), compressedBytes: packed.length, sizeBytes: content.length }
  const versionMadeBy = part.versionMadeBy ?? madeByUnix
  const time = { time: 0x6000, date: 0x5a21 }
  return {
    header: { versionMadeBy, versionNeeded: 20, flags, method, ...time, ...sizes, name, extra: none },
    packed,
  }
}

function common(header: Header): Buffer {
  const bytes = Buffer.alloc(26)
  bytes.writeUInt16LE(header.versionNeeded, 0)
  bytes.writeUInt16LE(header.flags, 2)
  bytes.writeUInt16LE(header.method, 4)
  bytes.writeUInt16LE(header.time, 6)
  bytes.writeUInt16LE(header.date, 8)
  bytes.writeUInt32LE(header.crc, 10)
  bytes.writeUInt32LE(header.compressedBytes, 14)
  bytes.writeUInt32LE(header.sizeBytes, 18)
  bytes.writeUInt16LE(header.name.length, 22)
  bytes.writeUInt16LE(header.extra.length, 24)
  return bytes
}

export function localHeader(header: Header): Buffer {
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common(header), header.name, header.extra])
}

function centralHeader(header: CentralHeader): Buffer {
  const madeBy = Buffer.alloc(2)
  madeBy.writeUInt16LE(header.versionMadeBy)
  const rest = Buffer.alloc(14)
  rest.writeUInt16LE(header.comment.length, 0)
  rest.writeUInt16LE(header.disk, 2)
  rest.writeUInt32LE(header.attributes, 6)
  rest.writeUInt32LE(header.position, 10)
  const start = Buffer.from('PK\x01\x02', 'latin1')
  return Buffer.concat([start, madeBy, common(header), rest, header.name, header.extra, header.comment])
}

function endRecord(end: End): Buffer {
  const bytes = Buffer.alloc(22)
  bytes.write('PK\x05\x06', 'latin1')
  bytes.writeUInt16LE(end.disk, 4)
  bytes.writeUInt16LE(end.directoryDisk, 6)
  bytes.writeUInt16LE(end.entriesHere, 8)
  bytes.writeUInt16LE(end.entries, 10)
  bytes.writeUInt32LE(end.bytes, 12)
  bytes.writeUInt32LE(end.position, 16)
  bytes.writeUInt16LE(end.comment.length, 20)
  return Buffer.concat([bytes, end.comment])
}
