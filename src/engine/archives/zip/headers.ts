/**
 * The headers of an archive, written by the code beneath archiver (compress-commons), which is a stream: here it
 * writes into memory, so that a header can be written in one go, twice, or not at all.
 */
import { ZipArchiveEntry, ZipArchiveOutputStream } from 'compress-commons'
import { encodeTime } from './times.ts'

export const stored = 0
export const deflated = 8
export type Method = typeof stored | typeof deflated

const folderBits = 0o040000
const fileBits = 0o100000
const linkBits = 0o120000
const permissionBits = 0o7777
const typeBits = { file: fileBits, folder: folderBits, link: linkBits } as const

const zip64Id = 0x0001
const zip64Version = 45
/** Stands in a field of 32 bits for "look into the ZIP64 field". */
export const seeZip64 = 0xffffffff
const seeZip64Count = 0xffff

/** What headers say of an entry. */
export interface Described {
  readonly kind: keyof typeof typeBits
  readonly path: string
  readonly mode: number
  readonly modified: Date
  readonly method: Method
  readonly crc: number
  readonly sizeBytes: number
  readonly compressedBytes: number
}

/** Before an entry's bytes. `wide` has room for any size, so that it can be written before the sizes are known. */
export function localHeader(entry: Described, form: 'exact' | 'wide'): Buffer {
  return code.collect(() =>
    code._writeLocalFileHeader(form === 'wide' ? new WideEntry(entry) : new Entry(entry)),
  )
}

/** In the directory at the end. `position` is that of the local header. */
export function centralHeader(entry: Described, position: number): Buffer {
  const described = new Entry(entry)
  described._offsets = { file: position, data: 0, contents: 0 }
  return code.collect(() => code._writeCentralFileHeader(described))
}

/** The records after the directory. */
export function endRecords(directory: {
  readonly entries: number
  readonly position: number
  readonly bytes: number
}): Buffer {
  code._entries = { length: directory.entries }
  Object.assign(code._archive, { centralOffset: directory.position, centralLength: directory.bytes })
  return code.collect(() => {
    if (code.isZip64()) code._writeCentralDirectoryZip64()
    code._writeCentralDirectoryEnd()
  })
}

class Entry extends ZipArchiveEntry {
  readonly #time: Buffer

  constructor(entry: Described) {
    super()
    // Not by `setName`, which turns `a:b` into `b` and backslashes into slashes.
    this.name = entry.kind === 'folder' ? `${entry.path}/` : entry.path
    this.getGeneralPurposeBit().useUTF8ForNames(Buffer.byteLength(this.name) !== this.name.length)
    this.setUnixMode(typeBits[entry.kind] | (entry.mode & permissionBits))
    this.setTime(entry.modified, false)
    this.setMethod(entry.method)
    this.setVersionNeededToExtract(20)
    this.setCrc(entry.crc)
    this.setSize(entry.sizeBytes)
    this.setCompressedSize(entry.compressedBytes)
    this._offsets = { file: 0, data: 0, contents: 0 }
    this.#time = encodeTime(entry.modified)
  }

  /** What would be read as a pointer to the ZIP64 field is none of the sizes either. */
  override isZip64(): boolean {
    return Math.max(this.size, this.csize, this._offsets.file) >= seeZip64
  }

  override getCentralDirectoryExtra(): Buffer {
    return Buffer.concat([super.getCentralDirectoryExtra(), this.#time])
  }

  override getLocalFileDataExtra(): Buffer {
    return this.#time
  }
}

/** Its sizes are in the ZIP64 field, whatever they are. */
class WideEntry extends Entry {
  readonly #sizes = Buffer.alloc(20)

  constructor(entry: Described) {
    super({ ...entry, sizeBytes: seeZip64, compressedBytes: seeZip64 })
    this.setVersionNeededToExtract(zip64Version)
    this.#sizes.writeUInt16LE(zip64Id, 0)
    this.#sizes.writeUInt16LE(16, 2)
    this.#sizes.writeBigUInt64LE(BigInt(entry.sizeBytes), 4)
    this.#sizes.writeBigUInt64LE(BigInt(entry.compressedBytes), 12)
  }

  /** True would ask for sizes behind the data, which are not needed where a header can be written later. */
  override isZip64(): boolean {
    return false
  }

  override getLocalFileDataExtra(): Buffer {
    return Buffer.concat([this.#sizes, super.getLocalFileDataExtra()])
  }
}

class HeaderCode extends ZipArchiveOutputStream {
  #parts: Buffer[] = []

  override write(part: Buffer | string): boolean {
    this.#parts.push(typeof part === 'string' ? Buffer.from(part) : part)
    return true
  }

  override isZip64(): boolean {
    const { centralOffset, centralLength } = this._archive
    return this._entries.length >= seeZip64Count || Math.max(centralOffset, centralLength) >= seeZip64
  }

  collect(write: () => void): Buffer {
    this.#parts = []
    write()
    return Buffer.concat(this.#parts)
  }
}

/** Holds nothing between two calls. */
const code = new HeaderCode()
