import { createHash } from 'node:crypto'
import type { LiveDatabase } from '../engine.ts'
import { restoreFiles } from '../restoring.ts'

/** Endings that make a plain file a backup, ours or imported. */
const endings = { databases: ['.sqlite', '.sqlite3', '.db'], archives: ['.zip'] } as const

/** What a folder holds. */
export type Holds = keyof typeof endings
const stemBytes = 150

/** Names that begin with a dot are the engine's own. */
export const ownFiles = {
  partial: '.partial',
  lock: '.lock',
  logLock: '.log-lock',
  holder: '.lock-holder.json',
  runs: '.runs.jsonl',
  audit: '.audit.jsonl',
  sequence: '.sequence',
  restore: restoreFiles.marker,
  waiting: restoreFiles.waiting,
  salvage: '.salvage',
  uploads: '.uploads',
} as const

/** What a restore of an archive's source has begun. */
export const unpackingJournal = Object.assign((id: string) => `.unpack-${id}.json`, {
  matches: (name: string) => /^\.unpack-[A-Za-z0-9-]+\.json$/.test(name),
})

export const sidecarName = (dataName: string) => `${dataName}.json`

export function isBackupName(name: string, holds: Holds): boolean {
  return !name.startsWith('.') && endings[holds].some((ending) => name.endsWith(ending))
}

/** The data file that a sidecar belongs to, or null when this is no sidecar's name. */
export function dataNameOf(name: string, holds: Holds): string | null {
  const data = name.endsWith('.json') ? name.slice(0, -'.json'.length) : ''
  return isBackupName(data, holds) ? data : null
}

/** What a file from elsewhere is called, without the ending and the time that our names have. */
export function stemOf(fileName: string): string {
  const ending = endings.databases.find((one) => fileName.toLowerCase().endsWith(one)) ?? ''
  return fileName.slice(0, fileName.length - ending.length).replace(/_\d{8}_\d{6}Z(-\d+)?$/, '')
}

/**
 * A database's name as the beginning of a file name: letters and digits of any script stay, the rest becomes "%XX".
 * Long ones end in a piece of their hash, so that two never share a stem.
 */
export function fileStem(database: string): string {
  const escaped = database.normalize('NFC').replaceAll(/[^\p{L}\p{N}\p{M} ._-]|^[.]|^ | $/gu, percentEscape)
  if (Buffer.byteLength(escaped) <= stemBytes) return escaped === '' ? 'database' : escaped
  const digest = createHash('sha256').update(database).digest('hex').slice(0, 8)
  return `${cut(escaped, stemBytes - 9)}-${digest}`
}

function percentEscape(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}

function cut(text: string, bytes: number): string {
  let result = ''
  for (const character of text) {
    if (Buffer.byteLength(result + character) > bytes) break
    result += character
  }
  return result
}

/** The first free name of a backup; a second one in the same second gets "-2". */
export function backupName(database: string, createdAt: string, isTaken: (name: string) => boolean): string {
  const stamp = createdAt.replaceAll(/[-:]|\.\d+/g, '').replace('T', '_')
  const base = `${fileStem(database)}_${stamp}`
  for (let count = 1; ; count++) {
    const name = count === 1 ? `${base}.sqlite` : `${base}-${count}.sqlite`
    if (!isTaken(name)) return name
  }
}

/** What a name says about a backup whose sidecar is missing; null when it is not one that we give. */
export function readBackupName(
  name: string,
  databases: readonly LiveDatabase[],
): { readonly database: string; readonly createdAt: string } | null {
  const match = /^(.+)_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)Z(?:-\d+)?\.sqlite$/.exec(name)
  if (match === null) return null
  const [, stem, year, month, day, hour, minute, second] = match
  const createdAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(createdAt.getTime())) return null
  const database = databases.find((candidate) => fileStem(candidate.name) === stem)?.name ?? ''
  return { database, createdAt: createdAt.toISOString() }
}
