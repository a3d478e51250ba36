import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { codeOf, failureFrom } from '../failure.ts'
import { companionEnds } from './beside.ts'
import { isWithoutLinks, lstatOrNull, removeFile, removeTree, syncFolder } from './files.ts'
import { ownFiles } from './names.ts'
import { adoptOwner, type Place } from './place.ts'
import { areSame } from './same-file.ts'

export const salvagePath = (place: Place, name: string) => join(place.folder, ownFiles.salvage, name)

/**
 * Gives a database and everything beside it a second place, whole and durable when it returns. The first stays as it
 * is. On the same disk these are second names of the same files, which take no space and read no damaged sector.
 * `main` is the database, open: closing another descriptor of it would drop the caller's locks. Null when it is missing.
 */
export function saveWhole(place: Place, target: string, name: string, main: number | null): void {
  const folder = salvagePath(place, name)
  try {
    makeFolder(join(place.folder, ownFiles.salvage), place)
    makeFolder(folder, place)
    const kept = join(folder, basename(target))
    if (main !== null && !linked(target, kept)) copyTo(main, kept)
    for (const end of companionEnds) {
      if (lstatOrNull(target + end) !== null) keep(target + end, kept + end)
    }
    syncFolder(folder)
    syncFolder(join(place.folder, ownFiles.salvage))
    syncFolder(place.folder)
  } catch (error) {
    throw failureFrom(error, `${target} could not be kept in ${folder}`)
  }
}

/**
 * Puts back what lay beside the database and does no longer, if it is still that database: beside another one it would
 * blend in. What has its first place again needs no second one.
 */
export function bringBack(place: Place, target: string, name: string): void {
  const folder = salvagePath(place, name)
  if (lstatOrNull(folder)?.isDirectory() !== true) return
  const kept = join(folder, basename(target))
  const isStill = lstatOrNull(kept) === null ? lstatOrNull(target) === null : areSame(target, kept)
  for (const end of isStill ? companionEnds : []) {
    if (lstatOrNull(kept + end) !== null && lstatOrNull(target + end) === null) keep(kept + end, target + end)
  }
  syncFolder(dirname(target))
  const needless = (file: string) =>
    file.endsWith('.part') || areSame(join(folder, file), target + file.slice(basename(target).length))
  if (readdirSync(folder).every(needless)) removeTree(folder)
}

function makeFolder(path: string, place: Place): void {
  try {
    mkdirSync(path, { mode: 0o700 })
    adoptOwner(path, place.folder)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || lstatOrNull(path)?.isDirectory() !== true) throw error
  }
}

function keep(from: string, to: string): void {
  if (linked(from, to)) return
  const fd = openSync(from, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    copyTo(fd, to)
  } finally {
    closeSync(fd)
  }
}

/** False where the file can't have a second name there: another disk, or a file system without them. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (!isWithoutLinks(error)) throw error
    return false
  }
}

/** The name appears when every byte is on the disk. */
function copyTo(source: number, to: string): void {
  const part = `${to}.part`
  removeFile(part)
  const { mode, uid, gid } = fstatSync(source)
  const fd = openSync(part, 'wx', 0o600)
  try {
    const piece = Buffer.allocUnsafe(1024 * 1024)
    for (let done = 0; ; ) {
      const read = readSync(source, piece, 0, piece.length, done)
      if (read === 0) break
      for (let written = 0; written < read; )
        written += writeSync(fd, piece, written, read - written, done + written)
      done += read
    }
    if (process.getuid?.() === 0) fchownSync(fd, uid, gid)
    fchmodSync(fd, mode & 0o777)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(part, to)
}
