import { join, resolve } from 'node:path'
import type {
  ArchiveContents,
  ArchiveEngine,
  ArchiveRestoreResult,
  RestoreOrder,
} from '../../engine/archiving.ts'
import { BackupError } from '../../engine/errors.ts'
import type { OperatorSettings } from '../../settings/operator-settings.ts'
import { formatBytes, formatCount } from '../../views/format/numbers.ts'
import { formatSince } from '../../views/format/times.ts'
import { type CommandOptions, UsageError } from '../command.ts'
import { done } from '../exit-codes.ts'
import { readConfig } from '../operator-config.ts'
import { runRequest } from '../run-request.ts'
import { table } from '../table.ts'
import { startBar } from '../terminal/progress-bar.ts'
import { visible, visibleJson } from '../visible.ts'
import { withArchives } from '../with-archives.ts'
import { type LocatedArchive, locateArchive, restorePlace } from './locate-archive.ts'
import { resolveSources } from './profile-in.ts'

export interface ArchiveRestoreValues {
  readonly to?: string | undefined
  readonly only?: readonly string[] | undefined
  readonly mirror?: boolean | undefined
  readonly 'any-version'?: boolean | undefined
  readonly 'app-version'?: string | undefined
  readonly yes?: boolean | undefined
  readonly preview?: boolean | undefined
  readonly json?: boolean | undefined
  readonly config?: string | undefined
}

type Source = ArchiveContents['manifest']['sources'][number]
type Target = { readonly source: Source; readonly to: string | null }

/** `restore FILE.zip`: shows what is in it, asks which sources go where, and puts those back. */
export async function restoreArchive(
  file: string,
  values: ArchiveRestoreValues,
  options: CommandOptions,
): Promise<number> {
  const { words, terminal } = options
  if (terminal === null && !values.yes && !values.preview) throw new UsageError(words.usage.needsYes)
  const settings = await readConfig(values.config)
  return withArchives(async ({ engine, archives }) => {
    const located = await locateArchive(engine, file)
    const contents = await archives.look(located.vault, located.from, { signal: options.signal })
    if (values.preview) return show(contents, values, options)
    if (!values.json) for (const line of linesOf(contents, options)) options.warn(line)
    const chosen = await choose(contents, values, options)
    if (chosen.some(({ source }) => source.kind === 'mssql')) await agreeToDatabases(chosen, values, options)
    const place = restorePlace(located, contents.manifest.profileId, settings)
    const result = await carryOut(archives, { ...place, chosen, contents }, { settings, values, options })
    report(result, contents, values, options)
    return done
  })
}

function show(contents: ArchiveContents, values: ArchiveRestoreValues, options: CommandOptions): number {
  const lines = linesOf(contents, options).map((line) => `${visible(line)}\n`)
  options.print(values.json ? `${visibleJson({ contents })}\n` : lines.join(''))
  return done
}

function linesOf(
  { manifest, sizeBytes, contentBytes, entryCount }: ArchiveContents,
  { words, reader, language }: CommandOptions,
): readonly string[] {
  const { archive } = words
  const size = (bytes: number) => formatBytes(bytes, language)
  const rows = manifest.sources.map((source) => [
    source.id,
    archive.kinds[source.kind],
    visible(source.origin),
    formatCount(source.files, language),
    size(source.bytes),
    formatCount(leftOutOf(source), language),
  ])
  return [
    archive.of(manifest.profileId, formatSince(reader, manifest.createdAt), manifest.appVersion),
    archive.amount(size(sizeBytes), size(contentBytes), formatCount(entryCount, language)),
    ...table([archive.headings, ...rows])
      .trimEnd()
      .split('\n'),
    archive.notKept,
  ]
}

const leftOutOf = ({ leftOut, leftOutMore = {} }: Source) =>
  leftOut.length + Object.values(leftOutMore).reduce((sum, count) => sum + count, 0)

/** `--only` and `--to` say it; otherwise each source is asked for. */
async function choose(
  { manifest: { sources } }: ArchiveContents,
  { only, to, yes, mirror = false }: ArchiveRestoreValues,
  { words, terminal, language }: CommandOptions,
): Promise<readonly Target[]> {
  const known = sources.map(({ id }) => id)
  const missing = only?.find((id) => !known.includes(id))
  if (missing !== undefined) throw new UsageError(words.usage.noSuchSource(missing, known.join(', ')))
  const wanted = sources.filter(({ id }) => only === undefined || only.includes(id))
  const placed = wanted.map((source) => ({ source, to: placeOf(source, to, wanted.length) }))
  if (yes || terminal === null) return placed
  const chosen: Target[] = []
  for (const { source, to: proposed } of placed) {
    const answer = (await terminal.ask(words.archive.askPlace(source.id), proposed ?? source.origin)).trim()
    if (answer === '') continue
    chosen.push({ source, to: answer === source.origin ? null : placeAs(source, answer) })
  }
  const { yes: agreed, declined } = words.restore
  const { files, bytes } = amountOf(chosen)
  const question = words.archive.confirm(formatCount(files, language), formatBytes(bytes, language), mirror)
  if (chosen.length === 0 || !(await terminal.confirm(question, agreed)))
    throw new BackupError('cancelled', declined, { hint: '', details: { said: 1 } })
  return chosen
}

/** What is laid over what lies there. Databases of a server are asked about one by one. */
function amountOf(targets: readonly Target[]) {
  const files = targets.filter(({ source }) => source.kind !== 'mssql').map(({ source }) => source)
  return {
    files: files.reduce((sum, source) => sum + source.files, 0),
    bytes: files.reduce((sum, source) => sum + source.bytes, 0),
  }
}

/** With several sources each gets a folder or file of its own below. */
function placeOf(source: Source, to: string | undefined, count: number): string | null {
  if (to === undefined || to === '') return null
  if (source.kind === 'mssql') return count === 1 ? to : null
  return count === 1
    ? resolve(to)
    : join(resolve(to), source.kind === 'sqlite' ? `${source.id}.sqlite` : source.id)
}

const placeAs = ({ kind }: Source, answer: string) => (kind === 'mssql' ? answer : resolve(answer))

/** Disconnects everybody who uses it: asked apart from everything else. */
async function agreeToDatabases(
  chosen: readonly Target[],
  { yes }: ArchiveRestoreValues,
  { words, terminal }: CommandOptions,
): Promise<void> {
  if (yes || terminal === null) return
  for (const { source, to } of chosen.filter((one) => one.source.kind === 'mssql')) {
    const agreed = await terminal.confirm(
      words.archive.replaceDatabase(to ?? source.origin),
      words.restore.yes,
    )
    if (!agreed)
      throw new BackupError('cancelled', words.restore.declined, { hint: '', details: { said: 1 } })
  }
}

async function carryOut(
  archives: ArchiveEngine,
  {
    from,
    vault,
    chosen,
    contents,
  }: Pick<LocatedArchive, 'vault' | 'from'> & {
    readonly chosen: readonly Target[]
    readonly contents: ArchiveContents
  },
  {
    settings,
    values,
    options,
  }: {
    readonly settings: OperatorSettings
    readonly values: ArchiveRestoreValues
    readonly options: CommandOptions
  },
): Promise<ArchiveRestoreResult> {
  const profile = settings.profiles.find(({ id }) => id === contents.manifest.profileId)
  const mine = (profile?.sources ?? []).filter(({ id, kind }) =>
    chosen.some(({ source }) => source.id === id && source.kind === kind),
  )
  const { sources, concealed } = resolveSources(mine, settings, process.env)
  const orders: RestoreOrder[] = chosen.map(({ source, to }) => {
    return { id: source.id, to, config: sources.find(({ id }) => id === source.id) ?? null }
  })
  const bar = startBar(options)
  try {
    return await archives.restore(
      {
        ...runRequest(vault),
        from,
        sources: orders,
        mirror: values.mirror === true,
        appVersion: values['app-version'] ?? null,
        anyVersion: values['any-version'] === true,
        acceptUnseen: true,
      },
      { signal: options.signal, onProgress: bar.onProgress },
    )
  } catch (error) {
    throw concealed(error)
  } finally {
    bar.end()
  }
}

function report(
  result: ArchiveRestoreResult,
  { manifest }: ArchiveContents,
  { json }: ArchiveRestoreValues,
  { words, language, print, warn }: CommandOptions,
): void {
  if (json) {
    print(`${visibleJson({ restored: result })}\n`)
    return
  }
  for (const { id, files, bytes, untouched } of result.sources) {
    const from = manifest.sources.find((source) => source.id === id)?.origin ?? ''
    print(
      `${visible(words.archive.restored(id, formatCount(files, language), formatBytes(bytes, language), from))}\n`,
    )
    for (const { path, reason } of untouched)
      if (reason !== 'excluded') warn(words.archive.untouched(path, reason))
  }
  print(`${words.archive.success}\n`)
}
