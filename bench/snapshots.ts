import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeDatabase } from './databases.ts'
import { figure, median, ratio, spread, table } from './figures.ts'
import type { BenchOptions } from './options.ts'
import { Peer, timed } from './processes.ts'

interface Written {
  readonly commits: number
  readonly worst: number
  readonly busy: number
  readonly ms: number
}

interface Figures {
  readonly ms: number[]
  readonly written: Written[]
  ended: boolean
  peakMiB: number
}

type Way = (
  source: string,
  target: string,
  patienceMs: number,
) => Promise<{ ms: number | null; peakMiB?: number }>

/** Time to a synced file, side by side: every round runs every contender once, in turn. */
export async function benchSnapshots(options: BenchOptions): Promise<string> {
  const parts: string[] = []
  for (const size of options.sizes) {
    const source = join(options.folder, `live-${size}.sqlite`)
    makeDatabase(source, size)
    for (const load of ['idle', 'writer'] as const) parts.push(await benchOne(source, size, load, options))
    for (const end of ['', '-wal', '-shm']) rmSync(source + end, { force: true })
  }
  return parts.join('\n\n')
}

async function benchOne(
  source: string,
  size: number,
  load: 'idle' | 'writer',
  options: BenchOptions,
): Promise<string> {
  const writer = load === 'writer' ? new Peer('writer', [source, String(options.rate)]) : null
  const alone = writer && (await undisturbed(writer))
  const all = new Map<string, Figures>()
  for (let round = 0; round < options.rounds; round++)
    for (const [name, way] of ways()) {
      const figures = all.get(name) ?? { ms: [], written: [], ended: true, peakMiB: 0 }
      all.set(name, figures)
      if (figures.ended) await once(figures, way, source, writer, options)
    }
  await writer?.end()
  const title = writer
    ? `### ${size} MiB, while another process commits ${options.rate} times a second\n\nUndisturbed it made ${perSecond(alone)} commits a second, the worst took ${figure(alone?.worst ?? 0)} ms.`
    : `### ${size} MiB, idle`
  return `${title}\n\n${asTable(all, alone)}`
}

async function once(figures: Figures, way: Way, source: string, writer: Peer | null, options: BenchOptions) {
  const target = `${source}.copy`
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(target + end, { force: true })
  await writer?.ask({})
  const { ms, peakMiB = 0 } = await way(source, target, options.patienceMs)
  const written = await writer?.ask<Written>({})
  if (written) figures.written.push(written)
  if (ms === null) figures.ended = false
  else figures.ms.push(ms)
  figures.peakMiB = Math.max(figures.peakMiB, peakMiB)
}

async function undisturbed(writer: Peer): Promise<Written | null> {
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await writer.ask({})
  await new Promise((resolve) => setTimeout(resolve, 3000))
  return writer.ask<Written>({})
}

function ways(): readonly (readonly [string, Way])[] {
  const shell =
    (script: string): Way =>
    async (source, target, patienceMs) => ({
      ms: await timed('sh', ['-c', script, 'sh', source, target], patienceMs),
    })
  return [
    ['this plugin', inProcess('ours')],
    ['cp + fsync', shell('cp "$1" "$2" && sync "$2"')],
    ['sqlite3 .backup', shell('sqlite3 "$1" ".backup \'$2\'" && sync "$2"')],
    ['sqlite3 VACUUM INTO', shell('sqlite3 "$1" "VACUUM INTO \'$2\'" && sync "$2"')],
    ['better-sqlite3 backup()', inProcess('backup()')],
  ]
}

/** A process of its own each time, so that its peak memory is its own; started before the clock. */
function inProcess(way: string): Way {
  return async (source, target, patienceMs) => {
    const copier = new Peer('copier')
    const warm = `${target}.warm`
    await copier.ask({ way, source: `${source}.missing`, target: warm })
    const answer = await copier.ask<{ ms?: number; peakMiB?: number; error?: string }>(
      { way, source, target },
      patienceMs,
    )
    await copier.end()
    if (answer?.error) throw new Error(`${way}: ${answer.error}`)
    return { ms: answer?.ms ?? null, ...(answer?.peakMiB ? { peakMiB: answer.peakMiB } : {}) }
  }
}

function asTable(all: ReadonlyMap<string, Figures>, alone: Written | null): string {
  const base = all.get('cp + fsync')?.ms ?? []
  const rows = [...all].map(([name, { ms, written, ended, peakMiB }]) => [
    name,
    ended ? spread(ms) : `${spread(ms)}, not always within the time given`,
    ratio(ms, base),
    ...(alone ? writerCells(written, alone) : []),
    peakMiB ? `${figure(peakMiB)} MiB` : '',
  ])
  const head = [
    '',
    'time to a synced file',
    'times cp',
    ...(alone ? ['writer', 'worst commit', 'busy'] : []),
    'peak memory',
  ]
  return table(head, rows)
}

function writerCells(written: readonly Written[], alone: Written): string[] {
  const share = median(written.map((one) => one.commits / one.ms)) / (alone.commits / alone.ms)
  const worst = median(written.map((one) => one.worst))
  const busy = written.reduce((sum, one) => sum + one.busy, 0)
  return [`${(share * 100).toFixed(0)} %`, `${figure(worst)} ms`, String(busy)]
}

function perSecond(written: Written | null): string {
  return written ? ((written.commits / written.ms) * 1000).toFixed(0) : ''
}
