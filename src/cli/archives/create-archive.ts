import { dirname, resolve } from 'node:path'
import { type ArchiveContent, archiveContents, archiveVault } from '../../engine/archiving.ts'
import { formatBytes } from '../../views/format/numbers.ts'
import { formatDuration } from '../../views/format/times.ts'
import { type CommandOptions, UsageError } from '../command.ts'
import { done } from '../exit-codes.ts'
import { readConfig } from '../operator-config.ts'
import { runRequest } from '../run-request.ts'
import { startBar } from '../terminal/progress-bar.ts'
import type { Words } from '../text/index.ts'
import { visible, visibleJson } from '../visible.ts'
import { withArchives } from '../with-archives.ts'
import { profileIn, resolveSources } from './profile-in.ts'

export interface ArchiveValues {
  readonly profile: string
  readonly config?: string | undefined
  readonly content?: string | undefined
  readonly note?: string | undefined
  readonly to?: string | undefined
  readonly json?: boolean | undefined
}

/** `create --profile ID`: as the application would, retention included. */
export async function createProfileArchive(values: ArchiveValues, options: CommandOptions): Promise<number> {
  const { words, language, print, warn, signal } = options
  if (values.config === undefined) throw new UsageError(words.usage.profileNeedsConfig)
  const settings = await readConfig(values.config)
  const profile = profileIn(settings, values.profile, words)
  const content = contentIn(values.content, words) ?? profile.content
  const place = values.to ?? profile.folder
  if (place === null || place === '') throw new UsageError(words.usage.profileNeedsFolder(profile.id))
  const folder = resolve(place)
  const wanted = profile.sources.filter(
    ({ kind }) => content === 'everything' || (content === 'files') === (kind === 'directory'),
  )
  const { sources, concealed } = resolveSources(wanted, settings, process.env)
  const bar = startBar(options)
  const began = performance.now()
  const { backup, leftOut, warnings } = await withArchives(({ archives }) =>
    archives.create(
      {
        ...runRequest(archiveVault(folder)),
        profileId: profile.id,
        sources: sources.map((source) =>
          source.kind === 'directory'
            ? { ...source, alwaysExclude: [...source.alwaysExclude, folder] }
            : source,
        ),
        content,
        nameTemplate: profile.name,
        timeZone: options.reader.timeZone,
        patient: false,
        note: values.note || null,
        appVersion: null,
        retention: profile.retention,
        maxBytes: null,
      },
      { signal, onProgress: bar.onProgress },
    ),
  )
    .catch((error: unknown) => {
      throw concealed(error)
    })
    .finally(() => bar.end())
  for (const one of warnings) warn(words.warning(one))
  const unread = leftOut.filter(({ reason }) => reason !== 'excluded' && reason !== 'part-of-database')
  for (const { path, reason } of unread) warn(words.archive.leftOut(path, reason))
  const took = formatDuration(language, performance.now() - began)
  if (values.json) print(`${visibleJson({ backups: [backup], leftOut })}\n`)
  else {
    print(`${visible(words.create.made(backup.name, formatBytes(backup.sizeBytes, language), took))}\n`)
    print(`${visible(words.archive.liesIn(dirname(resolve(folder, backup.name))))}\n`)
  }
  return done
}

function contentIn(value: string | undefined, words: Words): ArchiveContent | null {
  if (value === undefined) return null
  const found = archiveContents.find((one) => one === value)
  if (found) return found
  throw new UsageError(words.usage.badContent(archiveContents.join(', ')))
}
