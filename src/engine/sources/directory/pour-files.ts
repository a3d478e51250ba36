import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { ArchiveFile, EntrySink, LeftOutReason } from '../../archive.ts'
import { BackupError } from '../../errors.ts'
import { codeOf, reasonOf } from '../../failure.ts'
import { rawOf, textOf } from './open-folder.ts'
import { ChangedWhileRead, type OpenFile, openSteadily } from './steady-file.ts'
import { type Placed, troubleWith } from './walk.ts'

/** What pouring needs at every step. */
export interface Pouring {
  readonly id: string
  readonly sink: EntrySink
  readonly signal: AbortSignal
  leaveOut(path: string, reason: LeftOutReason, detail?: string): void
  /** Bytes of a file that were read. */
  onBytes(path: string, bytes: number): void
  /** A file is done. */
  onFile(path: string): void
}

/** How often a file is read that changes while it is read, or is gone for a moment. */
const attempts = 3
const pauseMs = 15
/** Bytes: what is larger is not read again, which would take as much of the archive's disk each time. */
const againBytes = 64 * 1024 * 1024

/** An archive may hold longer ones, but nobody's system can unpack them. */
const targetBytes = 4096

export const entryPath = (id: string, path: string) => (path === '' ? id : `${id}/${path}`)

/** A file that was opened, or what became of trying that. */
export type Opened = Steady | Outcome

type Steady = NonNullable<ReturnType<typeof openSteadily>>
type Outcome = 'done' | 'again' | [LeftOutReason, string?]

/** Opens a file at once, for `pourFile`, which closes it. */
export function openFound({ folder, name }: Placed): Opened {
  try {
    return openSteadily(folder, name) ?? ['special-file']
  } catch (error) {
    const trouble = troubleWith(error)
    return trouble[0] === 'vanished' ? 'again' : trouble
  }
}

export const isOpen = (opened: Opened): opened is Steady => typeof opened === 'object' && 'close' in opened

/**
 * Adds a file, or lists it with the reason why not. A file that turns out to be a database when it is opened once more
 * is handed back, unless its bytes are to be taken as they are.
 */
export async function pourFile(
  pouring: Pouring,
  placed: Placed,
  first: Opened,
  raw = false,
): Promise<'done' | 'database'> {
  for (let attempt = 1, opened = first; ; opened = openFound(placed)) {
    const outcome = await pourOpened(pouring, placed, opened, { raw, last: attempt++ >= attempts })
    if (outcome === 'database') return outcome
    if (outcome === 'again') {
      await wait(pauseMs)
      continue
    }
    if (outcome !== 'done') pouring.leaveOut(placed.path, ...outcome)
    pouring.onFile(placed.path)
    return 'done'
  }
}

interface Attempt {
  /** Its bytes are taken as they are, also those of a database. */
  readonly raw: boolean
  readonly last: boolean
}

async function pourOpened(
  pouring: Pouring,
  placed: Placed,
  opened: Opened,
  { raw, last }: Attempt,
): Promise<Outcome | 'database'> {
  if (!isOpen(opened)) return opened === 'again' && last ? ['vanished'] : opened
  try {
    if (pouring.signal.aborted) throw reasonOf(pouring.signal)
    if (opened.isDatabase && !raw) return 'database'
    const give = last || opened.sizeBytes > againBytes
    return await (opened.isSmall ? addSmall : addLarge)(pouring, placed, opened, give)
  } finally {
    opened.close()
  }
}

async function addSmall(pouring: Pouring, placed: Placed, file: Steady, give: boolean): Promise<Outcome> {
  let read: ReturnType<Steady['readWhole']>
  try {
    read = file.readWhole()
  } catch (error) {
    return troubleWith(error)
  }
  if (!read.steady && !give) return 'again'
  const { bytes } = read
  const open = () => Readable.from(bytes.length === 0 ? [] : [bytes])
  const outcome = await add(pouring, placed, file, { open, bytes })
  if (outcome !== 'done') return outcome
  pouring.onBytes(placed.path, bytes.length)
  if (!read.steady) pouring.leaveOut(placed.path, 'changed')
  return 'done'
}

async function addLarge(pouring: Pouring, placed: Placed, file: Steady, give: boolean): Promise<Outcome> {
  let steady = true
  let told = 0
  const open = () => {
    let read = 0
    return file.stream(
      (bytes) => {
        read += bytes
        // An archive that reads it a second time has not got further by that.
        if (read > told) pouring.onBytes(placed.path, read - told)
        told = Math.max(told, read)
      },
      (same) => {
        steady = same
        if (!same && !give) throw new ChangedWhileRead()
      },
    )
  }
  const outcome = await add(pouring, placed, file, { open })
  if (outcome !== 'done') pouring.onBytes(placed.path, -told)
  else if (!steady) pouring.leaveOut(placed.path, 'changed')
  return outcome
}

async function add(
  { id, sink }: Pouring,
  { path }: Placed,
  { stats, sizeBytes }: OpenFile,
  content: Pick<ArchiveFile, 'open' | 'bytes'>,
): Promise<Outcome> {
  try {
    const entry = { kind: 'file', path: entryPath(id, path), sizeBytes, ...content } as const
    await sink.add({ ...entry, mode: stats.mode & 0o7777, modifiedAt: timeOf(stats) })
    return 'done'
  } catch (error) {
    return outcomeOf(error)
  }
}

/** What the archive says about one entry is listed; that it takes no more at all is thrown. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof ChangedWhileRead) return 'again'
  if (error instanceof BackupError) {
    if (error.code === 'invalid-request') return ['unusable-name', error.message]
    throw error
  }
  // Of the disk from which it is read: the archive's own errors are `BackupError`s.
  if (codeOf(error) === 'EIO') return ['unreadable', 'EIO']
  throw error
}

export async function pourLink(pouring: Pouring, { path, folder, name, stats }: Placed): Promise<void> {
  let raw: string
  try {
    raw = folder.linkTarget(name)
  } catch (error) {
    return pouring.leaveOut(path, ...troubleWith(error))
  }
  const target = textOf(raw)
  if (target === null || rawOf(target).length > targetBytes) {
    return pouring.leaveOut(path, 'unusable-name', 'what it leads to is no UTF-8')
  }
  const look = { mode: stats.mode & 0o7777, modifiedAt: timeOf(stats) }
  await pourPlain(pouring, path, { kind: 'link', target, ...look })
}

export async function pourFolder(pouring: Pouring, path: string, stats: Placed['stats']): Promise<void> {
  await pourPlain(pouring, path, { kind: 'folder', mode: stats.mode & 0o7777, modifiedAt: timeOf(stats) })
}

/** Some file systems can hold a time that no calendar has. */
export function timeOf({ mtime }: Placed['stats']): string {
  return Number.isNaN(mtime.getTime()) ? new Date(0).toISOString() : mtime.toISOString()
}

type Plain =
  | { readonly kind: 'folder'; readonly mode: number; readonly modifiedAt: string }
  | { readonly kind: 'link'; readonly target: string; readonly mode: number; readonly modifiedAt: string }

async function pourPlain({ id, sink, leaveOut }: Pouring, path: string, plain: Plain): Promise<void> {
  try {
    await sink.add({ path: entryPath(id, path), ...plain })
  } catch (error) {
    const outcome = outcomeOf(error)
    if (typeof outcome !== 'string') leaveOut(path, ...outcome)
  }
}
