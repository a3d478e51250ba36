import { mkdirSync, rmdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BackupError } from '../../errors.ts'
import { failureFrom, isMissing } from '../../failure.ts'
import { readPlainText, removeFile, replaceFile, syncFolder } from '../../vault/files.ts'
import { stagingPrefix } from './exclusions.ts'
import { OpenFolder, rawOf } from './open-folder.ts'

const journalVersion = 1
const journalLimit = 1024 * 1024

interface Journal {
  readonly formatVersion: typeof journalVersion
  readonly kind: 'directory'
  /** Folders with files that have not got their names. */
  readonly staging: readonly string[]
}

/**
 * Where files are laid ready before each takes its name by one rename: a hidden folder on the same file system, which
 * the journal names before it exists. After a kill all that is left of a restore is there.
 */
export class Staging {
  readonly #journal: string
  readonly #root: string
  readonly #name: string
  readonly #folders = new Map<number, { readonly path: string; readonly folder: OpenFolder }>()
  #count = 0

  /** `id` is part of the folder's name. */
  constructor(root: string, journal: string, id: string) {
    this.#root = root
    this.#journal = journal
    this.#name = `${stagingPrefix}${id}`
  }

  /** A folder on the file system of that folder, and a name that is free in it. */
  place(folder: OpenFolder, path: string): { readonly folder: OpenFolder; readonly name: string } {
    const { dev } = folder.stats
    const known = this.#folders.get(dev)
    const staging = known?.folder ?? this.#make(folder, path, dev)
    return { folder: staging, name: String(++this.#count) }
  }

  /** Removes what is left. The journal goes last. */
  close(): void {
    for (const { folder } of this.#folders.values()) folder.release()
    settleStaging(this.#journal)
  }

  #make(folder: OpenFolder, path: string, dev: number): OpenFolder {
    const at = join(this.#root, path, this.#name)
    const staging = [...[...this.#folders.values()].map((one) => one.path), at]
    const journal: Journal = { formatVersion: journalVersion, kind: 'directory', staging }
    replaceFile(this.#journal, `${this.#journal}.new`, `${JSON.stringify(journal)}\n`)
    mkdirSync(folder.at(rawOf(this.#name)), 0o700)
    const made = folder.enter(rawOf(this.#name))
    this.#folders.set(dev, { path: at, folder: made })
    return made
  }
}

/** Removes what an interrupted restore has left. A journal of another kind is left alone; doing it again is fine. */
export function settleStaging(journal: string): void {
  const found = readJournal(journal)
  if (found === null) return
  for (const path of found.staging) removeStaging(path)
  try {
    removeFile(journal)
    syncFolder(dirname(journal))
  } catch (error) {
    throw failureFrom(error, `${journal} could not be removed`)
  }
}

function removeStaging(path: string): void {
  if (!basename(path).startsWith(stagingPrefix)) throw unreadable(path)
  try {
    const above = OpenFolder.open(dirname(path))
    try {
      const staging = above.enter(rawOf(basename(path)))
      try {
        staging.empty()
      } finally {
        staging.release()
      }
      rmdirSync(above.at(rawOf(basename(path))))
      above.sync()
    } finally {
      above.release()
    }
  } catch (error) {
    if (!isMissing(error)) throw failureFrom(error, `${path} could not be removed`)
  }
}

function readJournal(path: string): Journal | null {
  const text = readPlainText(path, new Set(), journalLimit)
  if (text === null) return null
  try {
    const raw = JSON.parse(text) as Journal
    if (raw.kind !== 'directory') return null
    if (raw.formatVersion === journalVersion && raw.staging.every((one) => typeof one === 'string'))
      return raw
  } catch {
    // Said below.
  }
  throw unreadable(path)
}

function unreadable(path: string): BackupError {
  return new BackupError('folder-unsafe', `${path} can’t be understood`, {
    hint: `It belongs to a restore that was interrupted. Remove folders named "${stagingPrefix}…" by hand, then remove it.`,
  })
}
