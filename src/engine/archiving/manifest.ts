import { isAbsolute } from 'node:path'
import {
  type ArchiveContent,
  archiveContents,
  type Manifest,
  type ManifestEntry,
  type ManifestSource,
} from '../archiving.ts'
import { BackupError } from '../errors.ts'

export const manifestName = 'manifest.json'
export const manifestVersion = 1

/** All of it but the entries, which may be millions. */
export type ManifestHead = Omit<Manifest, 'entries'>

/** Lines of their own, so that neither who writes it nor who reads it needs all of it at once. */
const entriesBegin = '"entries": ['
const entriesEnd = ']'
const end = '}'
/** Letters of everything before the entries. */
const headLimit = 64 * 1024 * 1024
/** Letters: a source is one line, with all that was left out. */
export const manifestLineLimit = headLimit

/** The text of a manifest, line by line; `entries` are such lines already. */
export async function* manifestText(
  head: ManifestHead,
  entries: AsyncIterable<string>,
): AsyncGenerator<string> {
  const { formatVersion, ...rest } = head
  yield `{\n"formatVersion": ${formatVersion},\n`
  for (const [name, value] of Object.entries(rest))
    yield `${JSON.stringify(name)}: ${JSON.stringify(value)},\n`
  yield `${entriesBegin}\n`
  let before = ''
  for await (const entry of entries) {
    yield `${before}${entry}`
    before = ',\n'
  }
  yield `${before === '' ? '' : '\n'}${entriesEnd}\n${end}\n`
}

export interface ReadManifest {
  readonly head: ManifestHead
  readonly entries: ReadonlyMap<string, Omit<ManifestEntry, 'path'>>
}

/**
 * Rejects `newer-format` for one of a later version and `proof-failed` for one that can't be understood, or names more
 * than `mostEntries`.
 */
export async function readManifest(lines: AsyncIterable<string>, mostEntries: number): Promise<ReadManifest> {
  const entries = new Map<string, Omit<ManifestEntry, 'path'>>()
  let head: ManifestHead | null = null
  let text = ''
  let ended = 0
  for await (const line of lines) {
    if (head === null) {
      if (line === entriesBegin) head = readHead(`${text}"entries": []}`)
      else text += line
      if (text.length > headLimit) throw notUnderstood()
    } else if (line === entriesEnd || line === end) {
      ended++
    } else {
      if (entries.size >= mostEntries) throw notUnderstood()
      addEntry(entries, line.endsWith(',') ? line.slice(0, -1) : line)
    }
  }
  if (head === null || ended !== 2) throw head === null ? readVersionOnly(text) : notUnderstood()
  return { head, entries }
}

function readHead(text: string): ManifestHead {
  const raw = parse(text)
  expectVersion(raw)
  const { profileId, createdAt, appVersion, content, sources } = raw
  const whole =
    isText(profileId) &&
    isText(createdAt) &&
    !Number.isNaN(Date.parse(createdAt)) &&
    (appVersion === null || isText(appVersion)) &&
    archiveContents.includes(content as ArchiveContent) &&
    Array.isArray(sources) &&
    sources.every(isSource)
  if (!whole) throw notUnderstood()
  return {
    formatVersion: manifestVersion,
    profileId,
    createdAt,
    appVersion,
    content,
    sources,
  } as ManifestHead
}

/** A later version may be written in another way; all that it has to keep is that number. */
function readVersionOnly(text: string): BackupError {
  try {
    expectVersion(parse(text))
  } catch (error) {
    return error as BackupError
  }
  return notUnderstood()
}

function expectVersion({ formatVersion }: Raw): void {
  if (!Number.isSafeInteger(formatVersion) || (formatVersion as number) < 1) throw notUnderstood()
  // Version 1 is the first. A later version adds the step from the one before it here, each on top of the last.
  if ((formatVersion as number) <= manifestVersion) return
  throw new BackupError(
    'newer-format',
    `The archive has format version ${formatVersion}, this program knows ${manifestVersion}`,
    {
      hint: 'Update this program. Every unzip can open the archive meanwhile.',
      details: { formatVersion: formatVersion as number },
    },
  )
}

function addEntry(entries: Map<string, Omit<ManifestEntry, 'path'>>, line: string): void {
  const { path, sizeBytes, sha256 } = parse(line)
  const whole =
    isText(path) && isCount(sizeBytes) && (sha256 === null || isHash(sha256)) && !entries.has(path)
  if (!whole) throw notUnderstood()
  entries.set(path, { sizeBytes: sizeBytes as number, sha256: sha256 as string | null })
}

const kinds: readonly unknown[] = ['directory', 'mssql', 'sqlite'] satisfies ManifestSource['kind'][]

function isSource(value: unknown): boolean {
  const raw = value as Raw | null
  return (
    typeof raw === 'object' &&
    raw !== null &&
    isText(raw.id) &&
    /^[A-Za-z0-9-]+$/.test(raw.id) &&
    kinds.includes(raw.kind) &&
    isText(raw.origin) &&
    (raw.kind === 'mssql' || isAbsolute(raw.origin)) &&
    isCount(raw.files) &&
    isCount(raw.bytes) &&
    Array.isArray(raw.leftOut) &&
    raw.leftOut.every((one: Raw | null) => isText(one?.path) && isText(one.reason)) &&
    (raw.leftOutMore === undefined || areCounts(raw.leftOutMore)) &&
    typeof raw.details === 'object' &&
    raw.details !== null
  )
}

type Raw = Readonly<Record<string, unknown>>

function parse(text: string): Raw {
  try {
    const raw: unknown = JSON.parse(text)
    if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as Raw
  } catch {
    // Said below.
  }
  throw notUnderstood()
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
const areCounts = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isCount)
const isHash = (value: unknown) => isText(value) && /^[0-9a-f]{64}$/.test(value)

export function notUnderstood(): BackupError {
  return new BackupError('proof-failed', `The archive’s ${manifestName} can’t be understood`, {
    hint: 'It was not made by this program, or it is damaged. Every unzip can still take files out of it.',
  })
}
