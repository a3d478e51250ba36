/**
 * Extra field that holds seconds since 1970, UTC; every unzip for Unix reads it. With a sign, says its description, but
 * not all take it so: 1969 would be 2105.
 */
const extendedTimeId = 0x5455
/** Extra field of Windows, for times that don't fit into the other one. Not all for Unix read it: they show the header's. */
const ntfsTimeId = 0x000a

const modifiedFlag = 1
const maxSeconds = 2 ** 31 - 1

/** 1601 before 1970, and how many of its units are a millisecond. */
const ntfsEpochMs = -11_644_473_600_000
const ntfsUnitsPerMs = 10_000n

/** The time of an entry's last change, besides the header's own, which is even seconds from 1980 on. */
export function encodeTime(modified: Date): Buffer {
  const seconds = Math.floor(modified.getTime() / 1000)
  return seconds >= 0 && seconds <= maxSeconds ? extendedTime(seconds) : ntfsTime(modified)
}

function extendedTime(seconds: number): Buffer {
  const field = Buffer.alloc(9)
  field.writeUInt16LE(extendedTimeId, 0)
  field.writeUInt16LE(5, 2)
  field.writeUInt8(modifiedFlag, 4)
  field.writeInt32LE(seconds, 5)
  return field
}

/** Modified, accessed and created, all the same. */
function ntfsTime(modified: Date): Buffer {
  const field = Buffer.alloc(36)
  field.writeUInt16LE(ntfsTimeId, 0)
  field.writeUInt16LE(32, 2)
  field.writeUInt16LE(1, 8)
  field.writeUInt16LE(24, 10)
  const units = BigInt(modified.getTime() - ntfsEpochMs) * ntfsUnitsPerMs
  for (const at of [12, 20, 28]) field.writeBigUInt64LE(BigInt.asUintN(64, units), at)
  return field
}
