import { closeSync, fstatSync, readSync, type Stats } from 'node:fs'
import type { LeftOutReason } from '../../archive.ts'
import { codeOf, failureFrom } from '../../failure.ts'
import { identityOf } from '../../vault/files.ts'
import type { Exclusions } from './exclusions.ts'
import { type OpenFolder, type RawName, shownName, textOf } from './open-folder.ts'

/** Something below a folder. `folder` holds it and is open until the walk goes on; who needs it longer holds it. */
export type Found =
  | { readonly kind: 'folder'; readonly path: string; readonly stats: Stats }
  | (Placed & { readonly kind: 'file' | 'link' })
  /** What goes with a database beside it. */
  | (Placed & { readonly kind: 'companion'; readonly of: string })
  | {
      readonly kind: 'left-out'
      readonly path: string
      readonly reason: LeftOutReason
      readonly detail?: string
    }

export interface Placed {
  readonly path: string
  readonly folder: OpenFolder
  readonly name: RawName
  readonly stats: Stats
}

interface Level {
  readonly folder: OpenFolder
  /** With a slash at its end; empty for the root. */
  readonly prefix: string
  readonly names: readonly RawName[]
  readonly identity: string
  next: number
  readonly databases: Map<RawName, boolean>
}

/**
 * Everything below an open folder, each folder before what is in it, in the order of names. Keeps no more in memory
 * than the names of the folders that it is in. A link is never followed, a pipe or device never opened.
 */
export function* walk(root: OpenFolder, exclusions: Exclusions): Generator<Found, void, void> {
  const levels: Level[] = []
  try {
    yield { kind: 'folder', path: '', stats: root.stats }
    levels.push(levelOf(root.hold(), ''))
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names[level.next++]
      if (name === undefined) levels.pop()?.folder.release()
      else yield* visit(level, name, levels, exclusions)
    }
  } finally {
    for (const { folder } of levels) folder.release()
  }
}

function levelOf(folder: OpenFolder, prefix: string): Level {
  try {
    const { stats } = folder
    return {
      folder,
      prefix,
      names: folder.names(),
      identity: identityOf(stats),
      next: 0,
      databases: new Map(),
    }
  } catch (error) {
    folder.release()
    throw error
  }
}

function* visit(level: Level, name: RawName, levels: Level[], exclusions: Exclusions): Generator<Found> {
  const { folder, prefix } = level
  const text = textOf(name)
  const path = prefix + (text ?? shownName(name))
  try {
    const stats = folder.look(name)
    const rule = exclusions.ruleFor(path, stats.isDirectory() ? stats : undefined)
    if (rule !== null) yield leftOut(path, 'excluded', rule)
    else if (text === null) yield leftOut(path, 'unusable-name', 'it is no UTF-8')
    else if (stats.isDirectory()) yield* enter(level, name, path, levels)
    else if (stats.isFile()) yield fileOf({ path, folder, name, stats }, level)
    else if (stats.isSymbolicLink()) yield { kind: 'link', path, folder, name, stats }
    else yield leftOut(path, 'special-file', kindOf(stats))
  } catch (error) {
    yield leftOut(path, ...troubleWith(error))
  }
}

function* enter(level: Level, name: RawName, path: string, levels: Level[]): Generator<Found> {
  const folder = level.folder.enter(name)
  const next = levelOf(folder, `${path}/`)
  if (levels.some(({ identity }) => identity === next.identity)) {
    folder.release()
    yield leftOut(path, 'special-file', 'it is mounted within itself')
    return
  }
  levels.push(next)
  yield { kind: 'folder', path, stats: folder.stats }
}

function fileOf(placed: Placed, level: Level): Found {
  const base = /^(.+)-(?:wal|shm|journal)$/s.exec(placed.name)?.[1]
  if (base === undefined || !isDatabaseIn(level, base)) return { kind: 'file', ...placed }
  return { kind: 'companion', ...placed, of: placed.path.slice(0, placed.path.lastIndexOf('-')) }
}

/** Each is looked into once, however many files lie beside it. */
function isDatabaseIn({ folder, databases }: Level, name: RawName): boolean {
  const known = databases.get(name)
  if (known !== undefined) return known
  const found = looksLikeDatabase(folder, name)
  databases.set(name, found)
  return found
}

const magic = Buffer.from('SQLite format 3\0')

/** False also for what can't be looked into: it is met by its own name as well. */
export function looksLikeDatabase(folder: OpenFolder, name: RawName): boolean {
  try {
    if (!folder.look(name).isFile()) return false
    const fd = folder.openFile(name)
    try {
      return fstatSync(fd).isFile() && beginsLikeDatabase(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    return false
  }
}

export function beginsLikeDatabase(fd: number): boolean {
  const bytes = Buffer.alloc(magic.length)
  return readSync(fd, bytes, 0, bytes.length, 0) === bytes.length && bytes.equals(magic)
}

function leftOut(path: string, reason: LeftOutReason, detail?: string): Found {
  return { kind: 'left-out', path, reason, ...(detail !== undefined && { detail }) }
}

/** Why something could not be read. What says nothing about it, but about this process or machine, is thrown. */
export function troubleWith(error: unknown): [LeftOutReason, string?] {
  const code = codeOf(error)
  if (['EMFILE', 'ENFILE', 'ENOMEM', ''].includes(code))
    throw failureFrom(error, 'A folder could not be read')
  // A name whose folder was swapped for something else meanwhile is gone just as well.
  return ['ENOENT', 'ELOOP', 'ENOTDIR'].includes(code) ? ['vanished'] : ['unreadable', code]
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}
