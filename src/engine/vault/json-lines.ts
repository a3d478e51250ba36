import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { BackupError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import { lstatOrNull, readPlainText, replaceFile, syncFolder, unsafeReason } from './files.ts'
import { adoptOwner, type Place } from './place.ts'

/** Bytes; the logs are compacted long before. */
const sizeLimit = 64 * 1024 * 1024

/** Every whole line that is JSON; one that a kill tore is passed over. */
export function readLines<T>(place: Place, name: string): T[] {
  const text = readPlainText(join(place.folder, name), place.live, sizeLimit) ?? ''
  return text.split('\n').flatMap((line) => parseLine<T>(line))
}

function parseLine<T>(line: string): T[] {
  if (!line.startsWith('{')) return []
  try {
    return [JSON.parse(line) as T]
  } catch {
    return []
  }
}

/** Appends and syncs. Needs the log lock. Begins on a line of its own also when the last one was torn. */
export function appendLines(place: Place, name: string, lines: readonly unknown[]): void {
  const path = join(place.folder, name)
  try {
    // Looked at before it is opened: closing a hard link of a live database would drop locks on it.
    const before = lstatOrNull(path)
    if (before !== null && unsafeReason(before, place.live) !== null) throw unsafe(path)
    const fd = openForAppend(path)
    try {
      const stats = fstatSync(fd)
      if (unsafeReason(stats, place.live) !== null) throw unsafe(path)
      if (stats.size === 0) {
        adoptOwner(path, place.folder)
        // Before its first line: a log that holds something is there after a power failure, whoever was killed here.
        syncFolder(place.folder)
      }
      const torn = stats.size > 0 && !endsInNewline(fd, stats.size)
      writeWhole(fd, (torn ? '\n' : '') + lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw failureFrom(error, `${path} could not be written`)
  }
}

/** Needs the log lock. */
export function rewriteLines(place: Place, name: string, lines: readonly unknown[]): void {
  const path = join(place.folder, name)
  try {
    replaceFile(path, `${path}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    adoptOwner(path, place.folder)
  } catch (error) {
    throw failureFrom(error, `${path} could not be written`)
  }
}

function openForAppend(path: string): number {
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  return openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600)
}

function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}

function endsInNewline(fd: number, size: number): boolean {
  const last = Buffer.alloc(1)
  return readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === 0x0a
}

function unsafe(path: string): BackupError {
  return new BackupError('folder-unsafe', `${path} is not a plain file with one name`, {
    hint: 'Remove it: the program makes its own.',
  })
}
