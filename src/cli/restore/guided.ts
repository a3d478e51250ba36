import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Backup } from '../../engine/backup.ts'
import type { BackupEngine } from '../../engine/engine.ts'
import { BackupError } from '../../engine/errors.ts'
import type { OperatorSettings } from '../../settings/operator-settings.ts'
import { formatBytes } from '../../views/format/numbers.ts'
import { formatAge, formatMoment } from '../../views/format/times.ts'
import { type CommandOptions, UsageError } from '../command.ts'
import { proofOf } from '../describe-backup.ts'
import { inspectFolder } from '../inspect-folder.ts'
import { isBackupsFolder, vaultIn } from '../places.ts'
import { errorLines } from '../text/index.ts'
import { askTarget, proposeTarget, type Source } from './find-source.ts'

interface Asking {
  readonly settings: OperatorSettings
  readonly options: CommandOptions
}

/** Asks step by step which backup is to replace which database. */
export async function askSource(
  engine: BackupEngine,
  to: string | undefined,
  asking: Asking,
): Promise<Source> {
  const { words, terminal } = asking.options
  if (terminal === null) throw new UsageError(words.usage.needsFile)
  terminal.say(words.restore.welcome)
  const { folder, backups } = await askFolder(engine, asking)
  const chosen = await terminal.choose(
    words.restore.chooseBackup,
    backups.map((backup, index) => lineOf(backup, index === 0, asking.options)),
    words.restore.chooseHelp,
  )
  const file = join(folder, backups[chosen]!.name)
  const target = to !== undefined ? resolve(to) : await askTarget(proposeTarget(file), { words, terminal })
  return { file, listed: true, target }
}

/** Asks again until there is a folder with a backup in it. */
async function askFolder(
  engine: BackupEngine,
  { settings, options }: Asking,
): Promise<{ readonly folder: string; readonly backups: readonly Backup[] }> {
  const { words, terminal, warn, language, signal } = options
  for (;;) {
    const answer = (await terminal!.ask(words.restore.askFolder, likelyFolder())).trim()
    if (answer === '') continue
    const vault = vaultIn(resolve(answer), settings)
    try {
      const { backups } = await inspectFolder(engine, vault, options)
      if (backups.length > 0) return { folder: vault.folder, backups: backups.map(({ backup }) => backup) }
      warn(words.list.none(vault.folder))
    } catch (error) {
      if (signal.aborted || !(error instanceof BackupError)) throw error
      for (const line of await errorLines(language, error)) warn(line)
    }
  }
}

/** The folder somebody stands in, if there are backups. */
function likelyFolder(): string {
  const here = process.cwd()
  const inside = statSync(join(here, 'backups'), { throwIfNoEntry: false })?.isDirectory() === true
  return inside || isBackupsFolder(here) ? here : ''
}

function lineOf(backup: Backup, newest: boolean, { words, reader, language }: CommandOptions): string {
  const { createdAt, sizeBytes, database, trigger, note } = backup
  const parts = [
    `${formatMoment(reader, createdAt)} (${formatAge(reader, createdAt)})`,
    database,
    formatBytes(sizeBytes, language),
    words.triggers[trigger],
    words.list.proof[proofOf(backup)],
    note ?? '',
    newest ? words.restore.newest : '',
  ]
  return parts.filter((part) => part !== '').join('  ')
}
