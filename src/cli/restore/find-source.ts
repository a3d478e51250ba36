import { statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { BackupEngine } from '../../engine/engine.ts'
import { BackupError } from '../../engine/errors.ts'
import { type CommandOptions, UsageError } from '../command.ts'
import { isBackupsFolder, isBelow, vaultAround } from '../places.ts'
import { originOf } from './origin.ts'

/** What is restored, and where. Both are absolute paths. */
export interface Source {
  readonly file: string
  readonly target: string
  /** Whether the folder that it lies in lists it as a backup. */
  readonly listed: boolean
}

/** Throws `source-missing`, and `UsageError` when nothing tells where the backup belongs and nobody can be asked. */
export async function findSource(
  engine: BackupEngine,
  file: string,
  to: string | undefined,
  { words, terminal }: CommandOptions,
): Promise<Source> {
  if (isMissing(file)) throw missing(file)
  const listed = await isListed(engine, file)
  if (to !== undefined) return { file, listed, target: resolve(to) }
  const proposed = proposeTarget(file)
  if (terminal === null) {
    if (proposed === null) throw new UsageError(words.usage.needsTarget)
    return { file, listed, target: proposed }
  }
  return { file, listed, target: await askTarget(proposed, { words, terminal }) }
}

export async function askTarget(
  proposed: string | null,
  {
    words,
    terminal,
  }: { readonly words: CommandOptions['words']; readonly terminal: NonNullable<CommandOptions['terminal']> },
): Promise<string> {
  for (;;) {
    const answer = (await terminal.ask(words.restore.askTarget, proposed ?? '')).trim()
    if (answer !== '') return resolve(answer)
  }
}

/**
 * Where it came from, as its sidecar says. Below the usual place of backups that is certain; an operator who keeps
 * them elsewhere has them far from the database, and then only one that exists is proposed.
 */
export function proposeTarget(file: string): string | null {
  const path = originOf(file)
  if (path === null) return null
  const folder = dirname(file)
  const root = dirname(folder)
  const target = resolve(root, path)
  // A folder on the way could be a link that leads to another tenant.
  if (!isBelow(target, root)) return null
  const isThere = statSync(target, { throwIfNoEntry: false })?.isFile() === true
  return isThere || basename(folder) === 'backups' ? target : null
}

async function isListed(engine: BackupEngine, file: string): Promise<boolean> {
  const vault = vaultAround(file)
  if (!isBackupsFolder(vault.folder)) return false
  const { backups } = await engine.inspect(vault)
  return backups.some(({ backup }) => join(vault.folder, backup.name) === file)
}

/** Of one that may not be looked at, whoever reads it says so. */
function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

function missing(file: string): BackupError {
  return new BackupError('source-missing', `${file} does not exist`, {
    hint: 'Check the path, and whether its disk is mounted.',
    details: { database: basename(file) },
  })
}
