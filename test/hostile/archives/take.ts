import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ReadableEntry } from '../../../src/engine/archive.ts'
import { zipFormat } from '../../../src/engine/archives/zip/zip-format.ts'
import { BackupError } from '../../../src/engine/errors.ts'

export const limits = { maxEntries: 1000, maxBytes: 64 * 1024 * 1024 }

export interface Taken {
  /** Where it was refused, if it was. */
  readonly refused: 'open' | 'read' | null
  readonly message: string
  readonly entries: readonly ReadableEntry[]
  /** Bytes that came out, of what was refused too. */
  readonly bytes: number
}

/** Unpacks as trustingly as can be: every path is joined to the folder, which must not exist. Links are not made. */
export async function takeArchive(path: string, folder: string): Promise<Taken> {
  const signal = new AbortController().signal
  const reader = await zipFormat.open(path, { signal, limits }).catch(expected)
  if (reader instanceof BackupError)
    return { refused: 'open', message: reader.message, entries: [], bytes: 0 }
  const { entries } = reader
  let [bytes, message] = [0, '']
  try {
    for (const entry of entries) {
      const target = join(folder, entry.path)
      mkdirSync(dirname(target), { recursive: true })
      if (entry.kind === 'folder') mkdirSync(target, { recursive: true })
      const outcome = await read(entry, (chunk) => {
        bytes += chunk.length
      })
      if (outcome instanceof BackupError) message = outcome.message
      else if (entry.kind === 'file') await writeFile(target, outcome)
    }
  } finally {
    await reader.close()
  }
  return { refused: message === '' ? null : 'read', message, entries, bytes }
}

async function read(entry: ReadableEntry, onChunk: (chunk: Buffer) => void): Promise<Buffer | BackupError> {
  const chunks: Buffer[] = []
  const before = limits.maxBytes
  let length = 0
  try {
    for await (const chunk of await entry.open()) {
      length += chunk.length
      if (length > entry.sizeBytes || length > before) throw new Error(`“${entry.path}” gave too much`)
      chunks.push(chunk)
      onChunk(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    return expected(error)
  }
}

/** Anything else than a refusal is a defect. */
function expected(error: unknown): BackupError {
  if (error instanceof BackupError && error.code === 'proof-failed') return error
  throw error
}
