import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { DatabaseFile } from './databases.ts'

/** What the made-up backup of a made-up database says of itself. */
export interface BakHeader {
  readonly database: string
  readonly compatibilityLevel: number
  readonly recoveryModel: string
  readonly compressed: boolean
  readonly checksums: boolean
  readonly copyOnly: boolean
  readonly damaged: boolean
  readonly type: number
  readonly finishedAt: string
  readonly contentBytes: number
  readonly version: readonly [number, number, number]
  readonly files: readonly DatabaseFile[]
}

const magic = 'MADE-UP BACKUP\n'

/** Magic line, a line of JSON, the content, its SHA-256. */
export function writeBak(header: BakHeader, content: string): Buffer {
  const body = header.compressed ? deflateRawSync(content) : Buffer.from(content)
  const whole = Buffer.concat([Buffer.from(`${magic}${JSON.stringify(header)}\n`), body])
  return Buffer.concat([whole, createHash('sha256').update(whole).digest()])
}

export interface Bak {
  readonly header: BakHeader
  readonly content: string
  /** Whether its checksum is the right one. */
  readonly sound: boolean
}

/** Null for what is no backup at all. */
export function readBak(bytes: Buffer): Bak | null {
  if (!bytes.subarray(0, magic.length).equals(Buffer.from(magic))) return null
  const end = bytes.indexOf('\n', magic.length)
  const header: BakHeader = JSON.parse(bytes.subarray(magic.length, end).toString())
  const [whole, hash] = [bytes.subarray(0, -32), bytes.subarray(-32)]
  const sound = createHash('sha256').update(whole).digest().equals(hash)
  const body = whole.subarray(end + 1)
  return { header, sound, content: sound ? contentOf(header, body) : '' }
}

const contentOf = ({ compressed }: BakHeader, body: Buffer) =>
  (compressed ? inflateRawSync(body) : body).toString()
