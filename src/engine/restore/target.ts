import { closeSync, constants, existsSync, openSync, realpathSync, type Stats } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import Database from 'better-sqlite3'
import type { LiveDatabase } from '../engine.ts'
import { codeOf, failureFrom, isMissing } from '../failure.ts'
import { schemaFingerprint } from '../schema-fingerprint.ts'
import { companionEnds } from '../vault/beside.ts'
import { lstatOrNull } from '../vault/files.ts'
import type { Place } from '../vault/place.ts'
import type { SchemaFacts } from '../version-match.ts'
import { type FileMode, readHeader } from './header.ts'
import { folderMissing, targetUnsafe } from './refusals.ts'

/** The database that is going to be replaced, before anything is done to it. */
export interface Target {
  readonly database: LiveDatabase
  /** Links in the folders above it are resolved. */
  readonly path: string
  /** Null when there is none. */
  readonly stats: Stats | null
  /** Null when there is none, or it does not begin like a database. */
  readonly mode: FileMode | null
  /** `broken`: SQLite can't open it, or what lies beside it belongs to nothing. It has to be moved aside whole. */
  readonly state: 'none' | 'usable' | 'broken'
  /** What SQLite says about a broken one. */
  readonly why: string
  readonly schema: SchemaFacts | null
}

/** Changes nothing, not even when it finds what a killed application has left. */
export function lookAtTarget(database: LiveDatabase, place: Place | null): Target {
  const path = plainPath(database, place)
  const stats = lstatOrNull(path)
  if (stats?.isSymbolicLink()) throw targetUnsafe(database, 'is a symbolic link')
  if (stats !== null && !stats.isFile()) throw targetUnsafe(database, 'is not a file')
  const found = { database, path, stats, mode: null, schema: null, why: '' }
  if (stats === null) return { ...found, state: hasCompanions(path) ? 'broken' : 'none' }
  // Opening it would make SQLite throw a log away that may hold everything.
  if (stats.size === 0) return { ...found, state: 'broken', why: 'the file is empty' }
  const mode = modeOf(path)
  if (mode === null) return { ...found, state: 'broken', why: 'file is not a database' }
  const { schema, why } = probe(path)
  return { ...found, mode, schema, why, state: schema === null && why !== '' ? 'broken' : 'usable' }
}

function plainPath(database: LiveDatabase, place: Place | null): string {
  try {
    const path = join(realpathSync(dirname(database.path)), basename(database.path))
    const inside = place !== null && !relative(place.folder, path).startsWith('..')
    if (inside) throw targetUnsafe(database, 'lies in the backups folder')
    const end = companionEnds.find((one) => path.endsWith(one))
    if (end !== undefined && lstatOrNull(path.slice(0, -end.length)) !== null)
      throw targetUnsafe(database, 'belongs to the database beside it')
    return path
  } catch (error) {
    if (isMissing(error)) throw folderMissing(database)
    throw failureFrom(error, `The folder of ${database.path} could not be opened`)
  }
}

const hasCompanions = (path: string) => companionEnds.some((end) => lstatOrNull(path + end) !== null)

function modeOf(path: string): FileMode | null {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    return readHeader(fd)?.mode ?? null
  } catch (error) {
    throw failureFrom(error, `${path} could not be read`)
  } finally {
    closeSync(fd)
  }
}

/** Whether SQLite finds no database in it. Everything else that it may say is about the moment. */
export const saysBroken = (error: unknown) => /^SQLITE_(NOTADB|CORRUPT)/.test(codeOf(error))

interface Probed {
  readonly schema: SchemaFacts | null
  readonly why: string
}

/** What is broken is looked at a second time: SQLite says so also of a page that the disk could not give it once. */
function probe(path: string): Probed {
  const first = probeOnce(path)
  return first.why === '' ? first : probeOnce(path)
}

/**
 * A connection that only reads leaves a killed application's log as it is when it is closed; one that may write would
 * bring it into the file, whatever lies there. Where there is neither log nor journal nothing can be lost.
 */
function probeOnce(path: string): Probed {
  const readonly = existsSync(`${path}-wal`) || existsSync(`${path}-journal`)
  try {
    const connection = new Database(path, { readonly, fileMustExist: true, timeout: 0 })
    try {
      return { schema: readSchema(connection), why: '' }
    } finally {
      connection.close()
    }
  } catch (error) {
    return { schema: null, why: saysBroken(error) ? (error as Error).message : '' }
  }
}

export function readSchema(connection: Database.Database): SchemaFacts {
  return {
    userVersion: connection.pragma('user_version', { simple: true }) as number,
    schemaFingerprint: schemaFingerprint(connection),
  }
}
