import { resolve } from 'node:path'
import type { Backup } from '../engine/backup.ts'
import { formatBytes } from '../views/format/numbers.ts'
import { readArguments } from './arguments.ts'
import { type Command, type CommandOptions, UsageError } from './command.ts'
import { proofOf, utc } from './describe-backup.ts'
import { done } from './exit-codes.ts'
import { inspectFolder } from './inspect-folder.ts'
import { readConfig } from './operator-config.ts'
import { vaultIn } from './places.ts'
import { table } from './table.ts'
import { visible, visibleJson } from './visible.ts'
import { withEngine } from './with-engine.ts'

export const list: Command = {
  name: 'list',
  async run(args, options) {
    const { words, print, warn } = options
    const { values, positionals } = readArguments(args, {}, words)
    const [directory] = positionals
    if (!directory || positionals.length > 1) throw new UsageError(words.usage.oneFolder('list'))
    const vault = vaultIn(resolve(directory), await readConfig(values.config))
    const { backups, folder } = await withEngine((engine) => inspectFolder(engine, vault, options))
    for (const { name, reason } of folder.ignored)
      if (!name.startsWith('.')) warn(words.list.ignored(name, reason))
    const shown = backups.map(({ backup }) => backup)
    if (values.json) print(`${visibleJson({ backups: shown })}\n`)
    else if (shown.length === 0) print(`${visible(words.list.none(vault.folder))}\n`)
    else print(table([words.list.headings, ...shown.map((backup) => cellsOf(backup, options))]))
    return done
  },
}

function cellsOf(backup: Backup, { words, language }: CommandOptions): readonly string[] {
  const { name, database, createdAt, sizeBytes, trigger } = backup
  return [
    utc(createdAt),
    formatBytes(sizeBytes, language),
    database === '' ? '-' : visible(database),
    words.triggers[trigger],
    words.list.proof[proofOf(backup)],
    backup.protected ? words.list.yes : words.list.no,
    visible(name),
  ]
}
