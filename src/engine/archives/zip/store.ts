/** How one entry gets into an archive. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ArchiveEntry, ArchiveFile, ArchiveFolder, ArchiveLink, StoredEntry } from '../../archive.ts'
import { deflatePiece, deflateWhole, dictionaryBytes, lastBlock, piecesAtOnce } from './deflate.ts'
import { type Described, deflated, localHeader, stored } from './headers.ts'
import type { Output } from './output.ts'
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

/** A file that fits into one piece: nothing is written before all is known. */
export async function packSmall(
  entry: ArchiveFile,
  { crc }: Pieces,
  bytes: Buffer,
  level: number,
): Promise<Whole> {
  const packed = bytes.length === 0 ? null : await deflateWhole(bytes, level)
  const method = packed === null ? stored : deflated
  const content = packed ?? bytes
  const sizes = { crc, sizeBytes: bytes.length, compressedBytes: content.length }
  return { described: { ...describe(entry), ...sizes, method }, bytes: content }
}

export async function writeWhole(output: Output, { described, bytes }: Whole): Promise<Packed> {
  await output.write(Buffer.concat([localHeader(described, 'exact'), bytes]))
  return { described }
}

/**
 * Deflates several pieces at a time and writes them in their order. The header is written again at the end, when it is
 * known what it says.
 */
export async function packLarge(
  output: Output,
  entry: ArchiveFile,
  pieces: Pieces,
  first: readonly Buffer[],
  level: number,
): Promise<Packed> {
  const position = output.position
  const unknown = { ...describe(entry), method: deflated, crc: 0, sizeBytes: 0, compressedBytes: 0 } as const
  const head = localHeader(unknown, 'wide')
  await output.write(head)
  await writePieces(output, pieces, first, level)
  const compressedBytes = output.position - position - head.length
  const described = { ...unknown, crc: pieces.crc, sizeBytes: pieces.sizeBytes, compressedBytes }
  await output.overwrite(localHeader(described, 'wide'), position)
  return { described }
}

async function writePieces(
  output: Output,
  pieces: Pieces,
  first: readonly Buffer[],
  level: number,
): Promise<void> {
  const underWay: Promise<Buffer>[] = []
  let before: Buffer | undefined
  try {
    for await (const piece of following(first, pieces)) {
      const packing = deflatePiece(piece, before, level)
      // Awaited in its turn; until then a failure must not count as unhandled.
      packing.catch(() => {})
      underWay.push(packing)
      before = piece.subarray(-dictionaryBytes)
      if (underWay.length >= piecesAtOnce) await output.write(await (underWay.shift() as Promise<Buffer>))
    }
    for (const packing of underWay) await output.write(await packing)
    await output.write(lastBlock)
  } finally {
    await Promise.allSettled(underWay)
  }
}

async function* following(first: readonly Buffer[], pieces: Pieces): AsyncGenerator<Buffer> {
  yield* first
  for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) yield piece
}

function describe({ kind, path, mode, modifiedAt }: ArchiveEntry) {
  return { kind, path, mode, modified: new Date(modifiedAt) }
}
