/** What is used of two packages that have no types of their own (archiver 8.0, compress-commons 7.0). */

declare module 'archiver' {
  import type { Transform } from 'node:stream'

  /** What archiver packs with; its own zip and tar are such modules. */
  interface FormatModule {
    append(source: unknown, data: EntryData, accepted: (error?: Error | null) => void): void
    finalize(): void
    on(event: string, listener: (...args: never[]) => void): unknown
    pipe(archive: Transform): unknown
    unpipe(archive: Transform): unknown
  }

  /** Whatever is put in beside these reaches the module untouched. */
  interface EntryData {
    readonly name: string
    readonly [more: string]: unknown
  }

  class Archiver extends Transform {
    constructor(options?: { readonly highWaterMark?: number })
    _module: FormatModule | false
    _modulePipe(): void
    append(source: Buffer, data: EntryData): this
    /** Never settles after `abort`. */
    finalize(): Promise<void>
    abort(): this
  }

  /** archiver as it comes, for comparison. */
  class ZipArchive extends Archiver {
    constructor(options: { readonly zlib: { readonly level: number } })
    directory(path: string, name: string): this
  }
}

declare module 'compress-commons' {
  class GeneralPurposeBit {
    useUTF8ForNames(use: boolean): void
  }

  class ZipArchiveEntry {
    constructor(name?: string)
    name: string
    readonly size: number
    readonly csize: number
    getGeneralPurposeBit(): GeneralPurposeBit
    isZip64(): boolean
    setCompressedSize(bytes: number): void
    setCrc(crc: number): void
    setExtra(extra: Buffer): void
    getCentralDirectoryExtra(): Buffer
    getLocalFileDataExtra(): Buffer
    setMethod(method: number): void
    setSize(bytes: number): void
    setTime(time: Date, local: boolean): void
    setUnixMode(mode: number): void
    setVersionNeededToExtract(version: number): void
    /** Where its header lies. */
    _offsets: { file: number; data: number; contents: number }
  }

  class ZipArchiveOutputStream {
    constructor(options?: object)
    _archive: { centralOffset: number; centralLength: number }
    /** Only their number is read when the archive ends. */
    _entries: { readonly length: number }
    write(bytes: Buffer | string): boolean
    isZip64(): boolean
    _writeLocalFileHeader(entry: ZipArchiveEntry): void
    _writeCentralFileHeader(entry: ZipArchiveEntry): void
    _writeCentralDirectoryZip64(): void
    _writeCentralDirectoryEnd(): void
  }
}
