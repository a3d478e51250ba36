/** How one entry gets into an archive. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ArchiveEntry, ArchiveFile, ArchiveFolder, ArchiveLink, StoredEntry } from '../../archive.ts'
import { deflateWhole } from './deflate.ts'
import { type Described, deflated, localHeader, stored } from './headers.ts'
import type { Output } from './output.ts'
import { PieceRow } from './piece-row.ts'
import type { Pieces } from './pieces.ts'

/** An entry that is ready to be written, or was. */
export interface Packed {
  readonly described: Described
}

interface Whole extends Packed {
  readonly bytes: Buffer
}

/** A folder has no bytes; those of a link are its target. */
export function plainBytes(entry: ArchiveFolder | ArchiveLink): Whole & { readonly stored: StoredEntry } {
  const bytes = Buffer.from(entry.kind === 'link' ? entry.target : '')
  const sizes = { crc: crc32(bytes), sizeBytes: bytes.length, compressedBytes: bytes.length }
  const sha256 = entry.kind === 'link' ? createHash('sha256').update(bytes).digest('hex') : null
  return {
    described: { ...describe(entry), ...sizes, method: stored },
    bytes,
    stored: { sizeBytes: bytes.length, sha256 },
  }
}

/** A file of which nothing is written before all is known. */
export async function packSmall(
  entry: ArchiveFile,
  { crc, sizeBytes }: Pick<Pieces, 'crc' | 'sizeBytes'>,
  pieces: readonly Buffer[],
  level: number,
): Promise<Whole> {
  const packed = await deflateSmall(pieces, level)
  const shrank = packed !== null && packed.length < sizeBytes
  const bytes = shrank ? packed : Buffer.concat(pieces)
  const sizes = { crc, sizeBytes, compressedBytes: bytes.length }
  return { described: { ...describe(entry), ...sizes, method: shrank ? deflated : stored }, bytes }
}

/** Null when it is clear that it does not get smaller. */
async function deflateSmall(pieces: readonly Buffer[], level: number): Promise<Buffer | null> {
  const [first] = pieces
  if (first === undefined) return null
  if (pieces.length === 1) return deflateWhole(first, level)
  const row = new PieceRow(level)
  for (const piece of pieces) row.add(piece)
  const packed: Buffer[] = []
  for await (const part of row.rest()) packed.push(part)
  return Buffer.concat(packed)
}

export async function writeWhole(output: Output, { described, bytes }: Whole): Promise<Packed> {
  await output.write(Buffer.concat([localHeader(described, 'exact'), bytes]))
  return { described }
}

/**
 * Writes the pieces as they are deflated, while more of them are read. The header is written again at the end, when it
 * is known what it says. `row` has those that were read already.
 */
export async function packLarge(
  output: Output,
  entry: ArchiveFile,
  pieces: Pieces,
  row: PieceRow,
): Promise<Packed> {
  const position = output.position
  const unknown = { ...describe(entry), method: deflated, crc: 0, sizeBytes: 0, compressedBytes: 0 } as const
  const head = localHeader(unknown, 'wide')
  await output.write(head)
  for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) {
    row.add(piece)
    const packed = row.isFull ? await row.next() : undefined
    if (packed !== undefined) await output.write(packed)
  }
  for await (const packed of row.rest()) await output.write(packed)
  const compressedBytes = output.position - position - head.length
  const described = { ...unknown, crc: pieces.crc, sizeBytes: pieces.sizeBytes, compressedBytes }
  await output.overwrite(localHeader(described, 'wide'), position)
  return { described }
}

function describe({ kind, path, mode, modifiedAt }: ArchiveEntry) {
  return { kind, path, mode, modified: new Date(modifiedAt) }
}
