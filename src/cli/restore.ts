import { basename, dirname, join, resolve } from 'node:path'
import type { BackupEngine } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { RestorePreview, RestoreRequest, RestoreResult } from '../engine/restoring.ts'
import { formatSince } from '../views/format/times.ts'
import { readArguments } from './arguments.ts'
import { type Command, type CommandOptions, UsageError } from './command.ts'
import { done } from './exit-codes.ts'
import { readConfig } from './operator-config.ts'
import { vaultFor, withoutLinks } from './places.ts'
import { findSource, type Source } from './restore/find-source.ts'
import { askSource } from './restore/guided.ts'
import { previewLines } from './restore/preview-lines.ts'
import { runRequest } from './run-request.ts'
import { startBar } from './terminal/progress-bar.ts'
import { visible, visibleJson } from './visible.ts'
import { withEngine } from './with-engine.ts'

const known = {
  to: { type: 'string' },
  yes: { type: 'boolean' },
  preview: { type: 'boolean' },
  'app-version': { type: 'string' },
  'accept-newer': { type: 'boolean' },
  only: { type: 'string', multiple: true },
  mirror: { type: 'boolean' },
  'any-version': { type: 'boolean' },
} as const

export const restore: Command = {
  name: 'restore',
  async run(args, options) {
    const { words, terminal } = options
    const { values, positionals } = readArguments(args, known, words)
    if (positionals.length > 1 || positionals[0] === '') throw new UsageError(words.usage.oneFile)
    // A script whose variable is not set must not end up with the database that the backup came from.
    if (values.to === '') throw new UsageError(words.usage.emptyTarget)
    if (terminal === null && positionals.length === 0) throw new UsageError(words.usage.needsFile)
    if (positionals[0]?.toLowerCase().endsWith('.zip')) {
      const { restoreArchive } = await import('./archives/restore-archive.ts')
      return restoreArchive(resolve(positionals[0]), values, options)
    }
    if (values.only || values.mirror || values['any-version']) throw new UsageError(words.usage.archivesOnly)
    if (terminal === null && !values.yes && !values.preview) throw new UsageError(words.usage.needsYes)
    const settings = await readConfig(values.config)
    return withEngine(async (engine) => {
      const [file] = positionals
      const source =
        file === undefined
          ? await askSource(engine, values.to, { settings, options })
          : await findSource(
              engine,
              resolve(file),
              values.to,
              values.yes ? { ...options, terminal: null } : options,
            )
      const vault = vaultFor(withoutLinks(source.target), source.file, settings)
      const request: Omit<RestoreRequest, 'acceptUnseen'> = {
        ...runRequest(vault),
        from: choiceOf(source, vault.folder),
        database: vault.databases[0]!,
        appVersion: values['app-version'] ?? null,
        acceptNewer: values['accept-newer'] === true,
      }
      const preview = await look(engine, request, options)
      if (values.preview) return showOnly(preview, values.json === true, options)
      if (!values.json) for (const line of previewLines(preview, options)) options.warn(line)
      if (!values.yes) await agree(preview, options)
      const result = await carryOut(engine, { ...request, acceptUnseen: true }, options)
      report(result, vault.folder, values.json === true, options)
      return done
    })
  },
}

/** By its name where it lies among the backups that belong to the database, otherwise as a file from elsewhere. */
function choiceOf({ file, listed }: Source, folder: string): RestoreRequest['from'] {
  return listed && resolve(dirname(file)) === resolve(folder) ? { listed: basename(file) } : { file }
}

function look(
  engine: BackupEngine,
  { vault, from, database, appVersion, startedAt }: Omit<RestoreRequest, 'acceptUnseen'>,
  { signal }: CommandOptions,
): Promise<RestorePreview> {
  return engine.previewRestore(
    { vault, from, database, appVersion, now: startedAt },
    { signal, onProgress() {} },
  )
}

function showOnly(preview: RestorePreview, asJson: boolean, options: CommandOptions): number {
  const lines = previewLines(preview, options).map((line) => `${line}\n`)
  options.print(asJson ? `${visibleJson({ preview })}\n` : lines.join(''))
  return done
}

/** The version and a database in use are refused by the engine itself, with the reason: asking first would be unkind. */
async function agree(preview: RestorePreview, { words, terminal }: CommandOptions): Promise<void> {
  if (terminal === null || preview.inUse.processes.length > 0) return
  const { confirm, confirmUnseen, yes, declined } = words.restore
  const unseen = preview.inUse.seen !== 'all' && preview.present.state !== 'missing'
  const agreed =
    (!unseen || (await terminal.confirm(confirmUnseen, yes))) && (await terminal.confirm(confirm, yes))
  if (!agreed) throw new BackupError('cancelled', declined, { hint: '', details: { said: 1 } })
}

async function carryOut(
  engine: BackupEngine,
  request: RestoreRequest,
  options: CommandOptions,
): Promise<RestoreResult> {
  const bar = startBar(options)
  try {
    return await engine.restore(request, { signal: options.signal, onProgress: bar.onProgress })
  } finally {
    bar.end()
  }
}

function report(result: RestoreResult, folder: string, asJson: boolean, options: CommandOptions): void {
  const { words, reader, print, warn } = options
  const { target, createdAt, saved, salvagedTo, verdict, warnings } = result
  for (const one of warnings) warn(words.warning(one))
  if (asJson) {
    print(`${visibleJson({ restored: result })}\n`)
    return
  }
  const { restore: text } = words
  const savedPath = saved === null ? null : join(folder, saved.name)
  const lines = [
    ...text.done(target, formatSince(reader, createdAt)),
    text.verdict[verdict],
    ...(savedPath === null
      ? []
      : [
          text.savedAs(savedPath),
          text.undo(`automate-backup restore ${quoted(savedPath)} --to ${quoted(target)}`),
        ]),
    ...(salvagedTo === null ? [] : [text.salvaged(salvagedTo)]),
  ]
  print(lines.map((line) => `${visible(line)}\n`).join(''))
}

/** As a POSIX shell takes it for one word. */
const quoted = (path: string) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
