import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { archiveVault, type ChosenFrom } from '../../engine/archiving.ts'
import type { BackupEngine, Vault } from '../../engine/engine.ts'
import { failureFrom } from '../../engine/failure.ts'
import type { OperatorSettings } from '../../settings/operator-settings.ts'
import { isBackupsFolder, isWritable } from '../places.ts'

/** An archive as it lies: among those of a profile, or alone somewhere. */
export interface LocatedArchive {
  /** The folder around it. */
  readonly vault: Vault
  readonly from: ChosenFrom
  /** Whether outcomes are noted there: nowhere but where backups are kept is anything written. */
  readonly keeps: boolean
}

export async function locateArchive(engine: BackupEngine, file: string): Promise<LocatedArchive> {
  const vault = archiveVault(dirname(file))
  if (!isBackupsFolder(vault.folder)) return { vault, from: { file }, keeps: false }
  const name = basename(file)
  const { backups } = await engine.inspect(vault)
  const listed = backups.some(({ backup }) => backup.name === name)
  return { vault, from: listed ? { listed: name } : { file }, keeps: isWritable(vault.folder) }
}

/**
 * The folder that a restore locks and in which it writes down what it has begun, so that the next one finds it after a
 * kill: the archive's own, otherwise its profile's, otherwise one of this user.
 */
export function restorePlace(
  { vault, from, keeps }: LocatedArchive,
  profileId: string,
  { profiles }: OperatorSettings,
): Pick<LocatedArchive, 'vault' | 'from'> {
  if (keeps) return { vault, from }
  const elsewhere: ChosenFrom = 'listed' in from ? { ...from, in: vault } : from
  const folder = profiles.find(({ id }) => id === profileId)?.folder
  if (folder && isWritable(folder)) return { vault: archiveVault(folder), from: elsewhere }
  return { vault: ofThisUser(), from: elsewhere }
}

function ofThisUser(): Vault {
  const above = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state')
  try {
    mkdirSync(above, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw failureFrom(error, `${above} could not be made; XDG_STATE_HOME can name another place`)
  }
  return archiveVault(join(above, 'automate-backup'))
}
