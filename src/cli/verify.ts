import { basename, resolve } from 'node:path'
import type { BackupEngine } from '../engine/engine.ts'
import type { BackupError } from '../engine/errors.ts'
import { failureFrom } from '../engine/failure.ts'
import type { Verdict } from '../engine/restoring.ts'
import { locateArchive } from './archives/locate-archive.ts'
import { readArguments } from './arguments.ts'
import { type Command, type CommandOptions, UsageError } from './command.ts'
import { done, failed, partly } from './exit-codes.ts'
import { readConfig } from './operator-config.ts'
import { isBackupsFolder, isWritable, vaultAround } from './places.ts'
import { runRequest } from './run-request.ts'
import { startBar } from './terminal/progress-bar.ts'
import { errorLines } from './text/index.ts'
import { visible, visibleJson } from './visible.ts'
import { type Engines, withArchives } from './with-archives.ts'

interface Outcome {
  readonly file: string
  readonly outcome: Verdict | 'failed'
  readonly sha256: string | null
  readonly error: BackupError | null
}

export const verify: Command = {
  name: 'verify',
  async run(args, options) {
    const { words, print } = options
    const { values, positionals } = readArguments(args, {}, words)
    if (positionals.length === 0) throw new UsageError(words.usage.someFiles)
    await readConfig(values.config)
    const outcomes = await withArchives(async (engines) => {
      const found: Outcome[] = []
      for (const file of positionals) {
        const outcome = await look(engines, file, options)
        found.push(outcome)
        if (!values.json) await say(outcome, options)
      }
      return found
    })
    if (values.json) print(`${visibleJson({ files: outcomes })}\n`)
    const bad = outcomes.filter(({ outcome }) => outcome === 'failed').length
    return bad === 0 ? done : bad === outcomes.length ? failed : partly
  },
}

async function look(engines: Engines, file: string, options: CommandOptions): Promise<Outcome> {
  const bar = startBar(options)
  try {
    return {
      file,
      error: null,
      ...(await examine(engines, resolve(file), { ...options, onProgress: bar.onProgress })),
    }
  } catch (error) {
    if (options.signal.aborted) throw error
    return { file, outcome: 'failed', sha256: null, error: failureFrom(error, file) }
  } finally {
    bar.end()
  }
}

type Watched = Pick<CommandOptions, 'signal'> & Parameters<BackupEngine['verify']>[1]

/** Noted beside the backup where backups are kept; nowhere else is anything written. */
async function examine(
  engines: Engines,
  file: string,
  options: Watched,
): Promise<Pick<Outcome, 'outcome' | 'sha256'>> {
  if (file.toLowerCase().endsWith('.zip')) return examineArchive(engines, file, options)
  const { engine } = engines
  const vault = vaultAround(file)
  if (isBackupsFolder(vault.folder) && isWritable(vault.folder)) {
    const { backups } = await engine.inspect(vault)
    if (backups.some(({ backup }) => backup.name === basename(file))) {
      const { proven, sha256 } = await engine.verify({ ...runRequest(vault), name: basename(file) }, options)
      return { outcome: proven === null ? 'checked' : 'proven', sha256 }
    }
  }
  const { verdict, sha256 } = await engine.examine(vault, file, options)
  return { outcome: verdict, sha256 }
}

/** Every entry against its checksum and the manifest. */
async function examineArchive(
  { engine, archives }: Engines,
  file: string,
  options: Watched,
): Promise<Pick<Outcome, 'outcome' | 'sha256'>> {
  const { vault, from, keeps } = await locateArchive(engine, file)
  if (keeps && 'listed' in from) {
    const { proven, sha256 } = await archives.verify({ ...runRequest(vault), name: from.listed }, options)
    return { outcome: proven === null ? 'checked' : 'proven', sha256 }
  }
  const { verdict, sha256 } = await archives.examine(vault, from, options)
  return { outcome: verdict, sha256 }
}

async function say(
  { file, outcome, error }: Outcome,
  { words, language, print, warn }: CommandOptions,
): Promise<void> {
  print(`${visible(file)}: ${words.verify[outcome]}\n`)
  for (const line of error === null ? [] : await errorLines(language, error)) warn(`  ${line}`)
}
