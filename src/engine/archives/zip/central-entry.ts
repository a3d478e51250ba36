import type { Entry } from 'yauzl'
import type { ReadableEntry } from '../../archive.ts'
import { pathProblem } from '../../entry-path.ts'
import { broken } from './broken.ts'
import { expectOneName, readExtraFields } from './extra-fields.ts'
import { deflated, type Method, stored } from './headers.ts'

/** An entry as the directory has it, checked as far as that goes. */
export interface CentralEntry extends Omit<ReadableEntry, 'open'> {
  readonly name: Buffer
  readonly flags: number
  readonly method: Method
  readonly crc: number
  readonly compressedBytes: number
  /** Of its local header. */
  readonly position: number
}

export const descriptorFlag = 0x0008
const utf8Flag = 0x0800
const encryptedFlags = 0x0001 | 0x0040 | 0x2000
/** Two that say how hard was tried to deflate, and those above. */
const understoodFlags = 0x0006 | descriptorFlag | utf8Flag

const unix = 3
const typeMask = 0o170000
const typeKinds: ReadonlyMap<number, ReadableEntry['kind']> = new Map([
  [0o040000, 'folder'],
  [0o100000, 'file'],
  [0o120000, 'link'],
])
const permissionMask = 0o7777
const plainModes = { file: 0o644, folder: 0o755, link: 0o777 } as const
const dosFolderBit = 0x10

/** The most that DEFLATE can make of a byte. */
const maxRatio = 1032
/** Longest target of a link. */
const maxTargetBytes = 4096

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function readCentralEntry(entry: Entry): CentralEntry {
  const name = entry.fileNameRaw
  const stated = decodeName(name, entry.generalPurposeBitFlag)
  const path = stated.replace(/\/$/, '')
  const problem = pathProblem(path)
  if (problem !== null) throw broken(`its path can't be used: ${problem}`, stated)
  expectReadable(entry, path)
  expectOneName(readExtraFields(entry.extraFieldRaw, path), name, path)
  const read = {
    path,
    name,
    ...kindOf(entry, stated),
    modifiedAt: timeOf(entry, path),
    flags: entry.generalPurposeBitFlag,
    method: entry.compressionMethod as Method,
    crc: entry.crc32,
    ...sizesOf(entry, path),
  }
  expectPlausible(read)
  return read
}

/** Without the flag a name's letters depend on who reads them, unless they are ASCII. */
function decodeName(name: Buffer, flags: number): string {
  const isAscii = name.every((byte) => byte < 0x80)
  try {
    if (isAscii || (flags & utf8Flag) !== 0) return utf8.decode(name)
  } catch {
    // Said below.
  }
  throw broken('its name is no UTF-8, or does not say so', name.toString('latin1'))
}

function expectReadable({ generalPurposeBitFlag, compressionMethod }: Entry, path: string): void {
  if ((generalPurposeBitFlag & encryptedFlags) !== 0) throw broken('it is encrypted', path)
  if ((generalPurposeBitFlag & ~understoodFlags) !== 0) throw broken('it has flags that nobody knows', path)
  if (compressionMethod !== stored && compressionMethod !== deflated)
    throw broken(`it is packed in a way (${compressionMethod}) that is not supported`, path)
}

function kindOf(entry: Entry, name: string): Pick<CentralEntry, 'kind' | 'mode'> {
  const attributes = entry.externalFileAttributes
  const bits = attributes >>> 16
  const isFolder = name.endsWith('/')
  // Some programs look at the type whatever system is named.
  const type = bits & typeMask
  const kind = type === 0 ? (isFolder ? 'folder' : 'file') : typeKinds.get(type)
  if (kind === undefined) throw broken('it is a device, a pipe or a socket', name)
  const saysFolder = entry.versionMadeBy >>> 8 !== unix && (attributes & dosFolderBit) !== 0
  if ((kind === 'folder') !== isFolder || (saysFolder && !isFolder))
    throw broken('it is a folder and it is none', name)
  return { kind, mode: type === 0 ? plainModes[kind] : bits & permissionMask }
}

function timeOf(entry: Entry, path: string): string {
  const time = entry.getLastModDate({ timezone: 'UTC' })
  if (Number.isNaN(time.getTime())) throw broken('its time is none', path)
  return time.toISOString()
}

/** yauzl has looked into the ZIP64 field already. */
function sizesOf(entry: Entry, path: string) {
  const { uncompressedSize: sizeBytes, compressedSize: compressedBytes } = entry
  const position = entry.relativeOffsetOfLocalHeader
  if (![sizeBytes, compressedBytes, position].every(Number.isSafeInteger))
    throw broken('it has a size that is too large', path)
  return { sizeBytes, compressedBytes, position }
}

function expectPlausible({ kind, method, sizeBytes, compressedBytes, path }: CentralEntry): void {
  if (kind === 'folder' && (sizeBytes > 0 || compressedBytes > 2))
    throw broken('it is a folder with content', path)
  if (kind === 'link' && (sizeBytes === 0 || sizeBytes > maxTargetBytes))
    throw broken('it is a link that leads nowhere', path)
  if (method === stored && sizeBytes !== compressedBytes) throw broken('its sizes disagree', path)
  if (sizeBytes > compressedBytes * maxRatio) throw broken('it states a size that it can’t have', path)
}
