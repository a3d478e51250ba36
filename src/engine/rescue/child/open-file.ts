import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { identityOf } from '../../vault/files.ts'
import { notFound } from '../../vault/listing.ts'
import { openImmutable } from '../../vault/open-immutable.ts'
import type { JobFile } from '../job.ts'

export type Connection = Database.Database

export interface OpenedFile {
  readonly connection: Connection
  readonly sizeBytes: number
  /** How its texts are stored, as `TextDecoder` calls it. */
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
}

/** Opens the very file that was looked up, as hostile. */
export function openHostile({ path, identity }: JobFile): OpenedFile {
  expectSame(identityOf(lstatSync(path)), identity)
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = fstatSync(fd)
    expectSame(stats.isFile() && stats.nlink === 1 ? identityOf(stats) : '', identity)
    const connection = openImmutable(path, { cacheKib: 8_192 })
    expectSameOpened(path, identity)
    return { connection, sizeBytes: stats.size, encoding: encodingOf(connection) }
  } finally {
    closeSync(fd)
  }
}

/**
 * SQLite opens by name. What it has open is compared afterwards: besides our own descriptor there must be another one of
 * the same file. Where the system doesn't show that, the name is looked at once more.
 */
function expectSameOpened(path: string, identity: string): void {
  const open = descriptors()?.filter((one) => one === identity).length
  expectSame(open === undefined ? identityOf(lstatSync(path)) : open >= 2 ? identity : '', identity)
}

function descriptors(): readonly string[] | null {
  try {
    return readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [identityOf(statSync(`/proc/self/fd/${fd}`))]
      } catch {
        // The one that listed them is closed again.
        return []
      }
    })
  } catch {
    return null
  }
}

function expectSame(found: string, identity: string): void {
  if (found !== identity) throw notFound()
}

function encodingOf(connection: Connection): OpenedFile['encoding'] {
  const encoding = String(connection.pragma('encoding', { simple: true }))
  if (encoding === 'UTF-16le') return 'utf-16le'
  return encoding === 'UTF-16be' ? 'utf-16be' : 'utf-8'
}
