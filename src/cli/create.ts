import { parse, resolve } from 'node:path'
import { formatBytes } from '../views/format/numbers.ts'
import { formatDuration } from '../views/format/times.ts'
import { readArguments } from './arguments.ts'
import { type Command, UsageError } from './command.ts'
import { done } from './exit-codes.ts'
import { readConfig } from './operator-config.ts'
import { folderBeside } from './places.ts'
import { runRequest } from './run-request.ts'
import { startBar } from './terminal/progress-bar.ts'
import { visible, visibleJson } from './visible.ts'
import { withEngine } from './with-engine.ts'

/** Nothing is removed: retention belongs to the application's own runs. */
const keepEverything = {
  maxCount: null,
  maxAgeDays: null,
  keepDaily: null,
  keepWeekly: null,
  keepMonthly: null,
  keepYearly: null,
}

const known = {
  db: { type: 'string' },
  to: { type: 'string' },
  name: { type: 'string' },
  note: { type: 'string' },
  profile: { type: 'string' },
  content: { type: 'string' },
} as const

export const create: Command = {
  name: 'create',
  async run(args, options) {
    const { words, language, print, warn, signal } = options
    const { values, positionals } = readArguments(args, known, words)
    if (values.profile !== undefined) {
      if (values.db || values.name || positionals.length > 0) throw new UsageError(words.usage.createNeeds)
      const { createProfileArchive } = await import('./archives/create-archive.ts')
      return createProfileArchive({ ...values, profile: values.profile }, options)
    }
    if (values.content !== undefined || !values.db || !values.to || positionals.length > 0)
      throw new UsageError(words.usage.createNeeds)
    const { limits } = await readConfig(values.config)
    const path = resolve(values.db)
    const { dir, name } = parse(path)
    const databases = [{ name: values.name || name, path }]
    const vault = { root: dir, folder: folderBeside(path, resolve(values.to)), databases }
    const bar = startBar(options)
    const began = performance.now()
    const { backups, warnings } = await withEngine((engine) =>
      engine.create(
        {
          ...runRequest(vault),
          patient: false,
          note: values.note || null,
          appVersion: null,
          retention: keepEverything,
          timeZone: options.reader.timeZone,
          maxBytes: limits.maxBytes,
        },
        { signal, onProgress: bar.onProgress },
      ),
    ).finally(() => bar.end())
    for (const one of warnings) warn(words.warning(one))
    const took = formatDuration(language, performance.now() - began)
    if (values.json) print(`${visibleJson({ backups })}\n`)
    else
      for (const made of backups)
        print(`${visible(words.create.made(made.name, formatBytes(made.sizeBytes, language), took))}\n`)
    return done
  },
}
