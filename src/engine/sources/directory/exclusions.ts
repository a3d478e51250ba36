import { realpathSync } from 'node:fs'
import { relative, sep } from 'node:path'
import picomatch from 'picomatch'
import { BackupError } from '../../errors.ts'
import { type Identity, identityOf, lstatOrNull } from '../../vault/files.ts'

/** Begins the name of the folder in which a restore lays files ready, before eight digits; a kill may have left it. */
export const stagingPrefix = '.restoring-'
const staging = /(?:^|\/)\.restoring-[0-9a-f]{8}(?:\/|$)/

/** What of a folder is left alone, both when it is taken and when it is put back. */
export interface Exclusions {
  readonly patterns: readonly string[]
  /**
   * Which rule leaves that path out, with everything below it if it is a folder; null for none. `stats` are those of a
   * folder.
   */
  ruleFor(path: string, stats?: { readonly dev: number; readonly ino: number }): string | null
}

const backups = 'backups lie there'

/** `always` are absolute folders, recognised by what they are and not by their names. */
export function compileExclusions(patterns: readonly string[], always: readonly string[]): Exclusions {
  const rules = patterns.map((pattern) => ({ pattern, matches: compile(pattern) }))
  const kept = new Set<Identity>(always.flatMap(identityAt))
  return {
    patterns,
    ruleFor(path, stats) {
      if (stats !== undefined && kept.has(identityOf(stats))) return backups
      if (staging.test(path)) return 'an interrupted restore left it'
      return rules.find(({ matches }) => matches(path))?.pattern ?? null
    },
  }
}

/** A folder that lies in one of those can't be taken at all: nothing of it would be left. */
export function liesWithin(path: string, folders: readonly string[]): boolean {
  const real = realOrNull(path)
  return folders.some((folder) => {
    const other = realOrNull(folder)
    if (real === null || other === null) return false
    const below = relative(other, real)
    return below === '' || !(below === '..' || below.startsWith(`..${sep}`))
  })
}

/** As in the settings' other globs: a dot at the beginning of a name is nothing special. */
function compile(pattern: string): (path: string) => boolean {
  try {
    return picomatch(pattern.replace(/^\.?\//, ''), { dot: true })
  } catch (cause) {
    throw new BackupError('invalid-settings', `The pattern "${pattern}" can’t be understood`, {
      hint: 'Patterns look like WorkDir/** or **/*.tmp.',
      cause,
    })
  }
}

function identityAt(path: string): Identity[] {
  const real = realOrNull(path)
  const stats = real === null ? null : lstatOrNull(real)
  return stats === null ? [] : [identityOf(stats)]
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    // What does not exist holds nothing.
    return null
  }
}
