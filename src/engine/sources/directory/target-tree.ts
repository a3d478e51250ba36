import { chmodSync, lchownSync, mkdirSync, rmdirSync, type Stats, unlinkSync } from 'node:fs'
import { codeOf, isMissing } from '../../failure.ts'
import type { Exclusions } from './exclusions.ts'
import { type OpenFolder, rawOf } from './open-folder.ts'

/** A rule leaves that path alone, or something lies there that is not given up. */
export class Untouchable extends Error {
  readonly reason: 'excluded' | 'in-the-way'

  constructor(reason: Untouchable['reason'], detail: string) {
    super(detail)
    this.reason = reason
  }
}

interface Level {
  readonly path: string
  readonly folder: OpenFolder
}

/**
 * The folder into which an archive is put back. Every folder below it is entered from the one above it and never
 * through a link: what is written stays below it, whoever changes names meanwhile.
 */
export class TargetTree {
  readonly root: OpenFolder
  readonly #exclusions: Exclusions
  /** From the root to the folder that was asked for last: the next one is mostly near it. */
  readonly #levels: Level[] = []

  constructor(root: OpenFolder, exclusions: Exclusions) {
    this.root = root
    this.#exclusions = exclusions
  }

  /** That folder, made if it is missing; a link or a file of its name gives way. It is open until the next call. */
  folder(path: string): OpenFolder {
    while (this.#levels.length > 0 && !isAt(path, this.#levels.at(-1)!.path))
      this.#levels.pop()!.folder.release()
    const above = this.#levels.at(-1)
    const rest = path.slice(above === undefined ? 0 : above.path.length + 1)
    let [folder, at] = [above?.folder ?? this.root, above?.path ?? '']
    for (const name of rest === '' ? [] : rest.split('/')) {
      at = at === '' ? name : `${at}/${name}`
      this.expectFree(at)
      folder = this.#enter(folder, name, at)
      this.#levels.push({ path: at, folder })
    }
    return folder
  }

  /** Throws for a path that a rule leaves alone, whatever lies there. */
  expectFree(path: string, stats?: Stats): void {
    const rule = this.#exclusions.ruleFor(path, stats)
    if (rule !== null) throw new Untouchable('excluded', rule)
  }

  /** Makes room for something that is no folder: only an empty folder is given up for it. Null when nothing is there. */
  clear(folder: OpenFolder, name: string, path: string): Stats | null {
    const stats = lookOrNull(folder, name)
    if (stats?.isDirectory() !== true) return stats
    this.expectFree(path, stats)
    try {
      rmdirSync(folder.at(rawOf(name)))
      return null
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
      throw new Untouchable('in-the-way', 'a folder that is not empty')
    }
  }

  close(): void {
    for (const { folder } of this.#levels.splice(0)) folder.release()
  }

  #enter(above: OpenFolder, name: string, path: string): OpenFolder {
    const raw = rawOf(name)
    const stats = lookOrNull(above, name)
    if (stats?.isDirectory() !== true) {
      if (stats !== null) unlinkSync(above.at(raw))
      mkdirSync(above.at(raw), 0o700)
      adoptOwner(above, name, above.stats)
      above.sync()
    }
    const folder = above.enter(raw)
    try {
      this.expectFree(path, folder.stats)
      makeUsable(folder)
      return folder
    } catch (error) {
      folder.release()
      throw error
    }
  }
}

/** A folder of ours in which nothing may be made; its mode is set at the end. Root may do everything anyway. */
function makeUsable(folder: OpenFolder): void {
  const { uid, mode } = folder.stats
  const uses = 0o700
  if (process.geteuid?.() === uid && uid !== 0 && (mode & uses) !== uses)
    chmodSync(folder.at('.'), mode | uses)
}

/** What root makes belongs to the owner of what it replaces or lies in: nobody else could use it. */
export function adoptOwner(folder: OpenFolder, name: string, { uid, gid }: Pick<Stats, 'uid' | 'gid'>): void {
  if (process.getuid?.() === 0) lchownSync(folder.at(rawOf(name)), uid, gid)
}

export function lookOrNull(folder: OpenFolder, name: string): Stats | null {
  try {
    return folder.look(rawOf(name))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

const isAt = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)
