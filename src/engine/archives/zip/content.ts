/** What is in an entry. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { constants, crc32, createInflateRaw, inflateRaw } from 'node:zlib'
import { BackupError } from '../../errors.ts'
import { codeOf } from '../../failure.ts'
import { broken } from './broken.ts'
import type { CentralEntry } from './central-entry.ts'
import { deflated } from './headers.ts'
import type { Located } from './layout.ts'
import type { ReadFile } from './read-file.ts'

const inflate = promisify(inflateRaw)

/** Up to this size an entry is unpacked in one go. */
const smallBytes = 1024 * 1024
/** Of a larger one, read and unpacked at once. */
const chunkBytes = 256 * 1024

/** Never more than the size that the entry states; an error where it has less, or other bytes. */
export function openContent(file: ReadFile, located: Located): Readable {
  const { sizeBytes, compressedBytes } = located.entry
  const isSmall = Math.max(sizeBytes, compressedBytes) <= smallBytes
  return Readable.from(isSmall ? whole(file, located) : checked(file, located), { objectMode: false })
}

async function* whole(file: ReadFile, { entry, start }: Located): AsyncGenerator<Buffer> {
  const packed = await file.read(start, entry.compressedBytes)
  const bytes = entry.method === deflated ? await inflateWhole(packed, entry) : packed
  expectContent(entry, bytes.length, crc32(bytes))
  if (bytes.length > 0) yield bytes
}

interface Inflated {
  readonly buffer: Buffer
  /** `bytesWritten` are those of the packed bytes that were needed. */
  readonly engine: { readonly bytesWritten: number }
}

/** zlib stops one byte beyond what is stated. */
async function inflateWhole(packed: Buffer, { sizeBytes, path }: CentralEntry): Promise<Buffer> {
  const options = {
    info: true,
    maxOutputLength: Math.max(1, sizeBytes),
    chunkSize: Math.max(constants.Z_MIN_CHUNK, sizeBytes + 1),
  }
  try {
    const { buffer, engine } = (await inflate(packed, options)) as unknown as Inflated
    if (engine.bytesWritten !== packed.length) throw moreThanPacked(path)
    return buffer
  } catch (error) {
    throw translate(error, path)
  }
}

async function* checked(file: ReadFile, { entry, start }: Located): AsyncGenerator<Buffer> {
  let [length, crc] = [0, 0]
  const chunks = entry.method === deflated ? inflated(file, entry, start) : packedChunks(file, entry, start)
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > entry.sizeBytes) throw longer(entry.path)
    crc = crc32(chunk, crc)
    yield chunk
  }
  expectContent(entry, length, crc)
}

async function* inflated(file: ReadFile, entry: CentralEntry, start: number): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: chunkBytes })
  const feeding = pipeline(packedChunks(file, entry, start), inflater)
  // Its error is the inflater's too, which is heard below.
  feeding.catch(() => {})
  try {
    yield* inflater as AsyncIterable<Buffer>
    if (inflater.bytesWritten !== entry.compressedBytes) throw moreThanPacked(entry.path)
  } catch (error) {
    throw translate(error, entry.path)
  } finally {
    inflater.destroy()
  }
}

async function* packedChunks(file: ReadFile, entry: CentralEntry, start: number): AsyncGenerator<Buffer> {
  const end = start + entry.compressedBytes
  for (let at = start; at < end; at += chunkBytes) yield file.read(at, Math.min(chunkBytes, end - at))
}

function expectContent({ sizeBytes, crc, path }: CentralEntry, length: number, actual: number): void {
  if (length < sizeBytes) throw broken(`it has ${length} bytes and states ${sizeBytes}`, path)
  if (length > sizeBytes) throw longer(path)
  if (actual !== crc) throw broken('its checksum is another one', path)
}

/** What zlib says is about the bytes; only what the disk says is not. */
function translate(error: unknown, path: string): unknown {
  if (error instanceof BackupError) return error
  if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return longer(path)
  return codeOf(error).startsWith('Z_')
    ? broken(`its bytes can't be unpacked (${codeOf(error)})`, path)
    : error
}

const longer = (path: string) => broken('it is longer than it states', path)
const moreThanPacked = (path: string) => broken('something lies behind its bytes', path)
