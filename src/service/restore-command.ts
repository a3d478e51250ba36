import { join } from 'node:path'
import type { LiveDatabase } from '../engine/engine.ts'
import { shownFolder } from './health.ts'
import { shorten } from './relative-paths.ts'
import type { Site } from './tenancy.ts'

/** What an operator types to restore a backup while the application is stopped. */
export interface RestoreCommand {
  /** With whole paths; for operators only. */
  readonly absolute: string
  /** For the tenant's people: paths from the tenant root on. */
  readonly relative: string
  /** Where the relative one is typed, as far as the tenant's people may know. */
  readonly folder: string
}

export function restoreCommand(site: Site, name: string, { path }: LiveDatabase): RestoreCommand {
  const file = join(site.vault.folder, name)
  const say = (from: string, to: string) => `automate-backup restore ${quoted(from)} --to ${quoted(to)}`
  return {
    absolute: say(file, path),
    relative: say(shorten(site, file), shorten(site, path)),
    folder: shownRoot(site),
  }
}

function shownRoot(site: Site): string {
  return shownFolder({ ...site, vault: { ...site.vault, folder: site.vault.root } })
}

/** As a POSIX shell takes it for one word, whatever is in it; a leading dash must not be read as an option. */
export function quoted(text: string): string {
  const word = text.startsWith('-') ? `./${text}` : text
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
