import { broken } from './broken.ts'
import { seeZip64 } from './headers.ts'
import type { ReadFile } from './read-file.ts'

const endSignature = Buffer.from('PK\x05\x06', 'latin1')
const endBytes = 22
const maxCommentBytes = 0xffff
const locatorSignature = 0x07064b50
const locatorBytes = 20
const wideSignature = 0x06064b50
const wideBytes = 56
const seeZip64Count = 0xffff

/** The directory of an archive, as the records at its end have it. */
export interface DirectoryPlace {
  readonly entries: number
  readonly position: number
  readonly bytes: number
}

/**
 * Finds the directory. yauzl finds it too, but believes more: here every field that is there twice has to agree, and
 * what the records describe has to fill the file to its last byte.
 */
export async function findDirectory(file: ReadFile): Promise<DirectoryPlace> {
  const tailBytes = Math.min(file.sizeBytes, locatorBytes + endBytes + maxCommentBytes)
  const tailAt = file.sizeBytes - tailBytes
  const tail = await file.read(tailAt, tailBytes)
  const at = tail.lastIndexOf(endSignature)
  if (at < 0 || at + endBytes > tail.length) throw broken('it has no end; it is cut off or no ZIP archive')
  const end = tail.subarray(at)
  if (end.length !== endBytes + end.readUInt16LE(20)) throw broken('bytes lie behind its end')
  if (hasAnotherEnd(tail, at)) throw broken('it has two ends')
  const isWide = at >= locatorBytes && tail.readUInt32LE(at - locatorBytes) === locatorSignature
  const place = isWide
    ? await findWide(file, end, tail.subarray(at - locatorBytes, at), tailAt + at - locatorBytes)
    : narrow(end, tailAt + at)
  if (place.entries * 46 > place.bytes) throw broken('its directory is too small for its entries')
  return place
}

/** One whose comment would be the true end: which of them counts depends on who reads. */
function hasAnotherEnd(tail: Buffer, end: number): boolean {
  for (let at = tail.indexOf(endSignature); at < end; at = tail.indexOf(endSignature, at + 1))
    if (at + endBytes <= tail.length && at + endBytes + tail.readUInt16LE(at + 20) === tail.length)
      return true
  return false
}

function narrow(end: Buffer, endAt: number): DirectoryPlace {
  const place = {
    entries: end.readUInt16LE(10),
    bytes: end.readUInt32LE(12),
    position: end.readUInt32LE(16),
  }
  if (end.readUInt32LE(4) !== 0 || end.readUInt16LE(8) !== place.entries) throw severalParts()
  if (place.position + place.bytes !== endAt) throw broken('its directory does not lie before its end')
  return place
}

async function findWide(
  file: ReadFile,
  end: Buffer,
  locator: Buffer,
  locatorAt: number,
): Promise<DirectoryPlace> {
  const recordAt = safe(locator.readBigUInt64LE(8))
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) !== 1) throw severalParts()
  if (recordAt + wideBytes > locatorAt) throw broken('its ZIP64 record lies elsewhere')
  const record = await file.read(recordAt, wideBytes)
  if (record.readUInt32LE(0) !== wideSignature) throw broken('its ZIP64 record is missing')
  if (recordAt + 12 + safe(record.readBigUInt64LE(4)) !== locatorAt)
    throw broken('something lies between its ends')
  const place = {
    entries: safe(record.readBigUInt64LE(32)),
    bytes: safe(record.readBigUInt64LE(40)),
    position: safe(record.readBigUInt64LE(48)),
  }
  if (record.readBigUInt64LE(16) !== 0n || safe(record.readBigUInt64LE(24)) !== place.entries)
    throw severalParts()
  if (place.position + place.bytes !== recordAt) throw broken('its directory does not lie before its end')
  expectSame(end, place)
  return place
}

/** What the older record says is either the same or "see there". */
function expectSame(end: Buffer, { entries, bytes, position }: DirectoryPlace): void {
  const agree =
    [0, seeZip64Count].includes(end.readUInt16LE(4)) &&
    [0, seeZip64Count].includes(end.readUInt16LE(6)) &&
    [entries, seeZip64Count].includes(end.readUInt16LE(8)) &&
    [entries, seeZip64Count].includes(end.readUInt16LE(10)) &&
    [bytes, seeZip64].includes(end.readUInt32LE(12)) &&
    [position, seeZip64].includes(end.readUInt32LE(16))
  if (!agree) throw broken('its two ends disagree')
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken('it has a number that is too large')
  return Number(value)
}

const severalParts = () => broken('it is one of several parts, or says so')
