import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Backup } from '../engine/backup.ts'
import { deferred } from '../engine/deferred.ts'
import type { IgnoredName, Inspection, Vault } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import { reasonOf } from '../engine/failure.ts'
import { createEngine } from '../engine/worker-engine.ts'
import { formatBytes } from '../views/format/numbers.ts'
import { type Command, UsageError } from './command.ts'
import { visible, visibleJson } from './visible.ts'

export const list: Command = {
  synopsis: 'list DIR [--json]',
  help: [
    'Lists the backups in DIR, newest first. DIR is a backups folder, or a tenant root that has one.',
    '--json  prints { "backups": [...] } instead of a table',
  ],
  async run(args, { signal, print, warn }) {
    const { directory, asJson } = argumentsIn(args)
    const vault = vaultIn(directory)
    const { backups, folder } = await look(vault, signal)
    if (!folder.exists) throw missing(vault.folder)
    if (folder.ignored.some(({ name }) => name === theFolder)) throw unreadable(vault.folder)
    for (const one of folder.ignored) if (!one.name.startsWith('.')) warn(notice(one))
    const shown = backups.map(({ backup }) => backup)
    print(asJson ? `${visibleJson({ backups: shown })}\n` : table(shown, vault.folder))
  },
}

function argumentsIn(args: readonly string[]) {
  const { values, positionals } = parsed(args)
  const [directory] = positionals
  if (!directory || positionals.length > 1) throw new UsageError('"list" needs exactly one folder')
  return { directory: resolve(directory), asJson: values.json }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Without databases: nothing live is needed, or touched, to look at what lies in a folder. */
function vaultIn(directory: string): Vault {
  const inside = join(directory, 'backups')
  return isFolder(inside)
    ? { root: directory, folder: inside, databases: [] }
    : { root: dirname(directory), folder: directory, databases: [] }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch {
    // The folder above can't be looked into: looking for the backups there says so.
    return false
  }
}

async function look(vault: Vault, signal: AbortSignal): Promise<Inspection> {
  const engine = createEngine({ processes: 1 })
  const { promise: ended, reject } = deferred<never>()
  const onAbort = () => reject(reasonOf(signal))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([engine.inspect(vault), ended])
  } finally {
    signal.removeEventListener('abort', onAbort)
    await engine.close()
  }
}

function missing(folder: string): BackupError {
  return new BackupError('not-found', `There is no folder ${folder}`, {
    hint: 'Check the path, whether its disk is mounted, and whether you may look into the folders above it.',
  })
}

/** The name under which an inspection says that the folder itself may not be read. */
const theFolder = '.'

function unreadable(folder: string): BackupError {
  return new BackupError('folder-not-writable', `The folder ${folder} may not be read`, {
    hint: 'Run this as the user that the application runs as, or as root.',
  })
}

const reasons = {
  link: 'is a symbolic link',
  'not-a-file': 'is not a file',
  'several-names': 'has several names (hard links)',
  'live-database': 'is a live database',
  unreadable: 'could not be read',
  'broken-sidecar': 'has a sidecar that does not fit; it is listed as imported',
  'newer-format': 'was made by a newer version of this program',
} as const satisfies Record<IgnoredName['reason'], string>

function notice({ name, reason }: IgnoredName): string {
  return reason === 'broken-sidecar' ? `${name} ${reasons[reason]}` : `Not listed: ${name} ${reasons[reason]}`
}

const headings = ['TIME (UTC)', 'SIZE', 'DATABASE', 'TRIGGER', 'PROOF', 'PROTECTED', 'FILE']

function table(backups: readonly Backup[], folder: string): string {
  if (backups.length === 0) return `No backups in ${visible(folder)}\n`
  const rows = [headings, ...backups.map(cells)]
  const widths = headings.map((_, column) => columnWidth(rows.map((row) => row[column]!)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function cells(backup: Backup): string[] {
  const { name, database, createdAt, sizeBytes, trigger } = backup
  return [
    new Date(createdAt).toISOString().slice(0, 19).replace('T', ' '),
    formatBytes(sizeBytes, 'en'),
    database === '' ? '-' : visible(database),
    trigger,
    proofOf(backup),
    backup.protected ? 'yes' : 'no',
    visible(name),
  ]
}

/** A single long name doesn't push the columns of all others apart. */
const widest = 40

function columnWidth(column: readonly string[]): number {
  return column.reduce((width, { length }) => (length > widest ? width : Math.max(width, length)), 0)
}

/** Damage is never hidden by an older success of another kind. */
function proofOf({ proven, checked }: Backup): string {
  if (proven?.outcome === 'failed' || checked?.outcome === 'failed') return 'damaged'
  if (proven) return 'proven'
  return checked ? 'checked' : 'not proven'
}
