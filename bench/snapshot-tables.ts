import { figure, median, ratio, spread, table } from './figures.ts'
import type { Outcome } from './host.ts'
import type { BenchOptions } from './options.ts'
import type { Written } from './steady-writer.ts'
import { nothing } from './ways.ts'

export type Case = 'idle' | 'idle, cold' | 'writer in another process' | 'writer in the host'

/** Of one contender in one case. */
export interface Measured {
  readonly outcomes: Outcome[]
  readonly written: Written[]
  /** It was not done in the time given, and had no further turn. */
  gaveUp: boolean
}

type All = ReadonlyMap<string, Measured>

export function snapshotTable(size: number, load: Case, options: BenchOptions, all: All): string {
  const withWriter = load.startsWith('writer')
  const head = ['', 'time to a synced file', '× cp', '× .backup', 'event loop p99', 'max', 'peak memory']
  const writerHead = ['commits', 'worst commit', 'busy']
  const title = `### ${size} MiB, ${load}${withWriter ? `: ${options.rate} commits a second` : ''}`
  const rows = [...all].map((entry) => [
    ...rowOf(entry, all),
    ...(withWriter ? writerCells(entry[1], all) : []),
  ])
  return `${title}\n\n${table([...head, ...(withWriter ? writerHead : [])], rows)}`
}

function rowOf([name, measured]: readonly [string, Measured], all: All): readonly string[] {
  const { outcomes } = measured
  const times = timesOf(measured)
  const loops = outcomes.map(({ loop }) => loop)
  const peak = Math.max(0, ...outcomes.map(({ peakMiB }) => peakMiB))
  return [
    name === nothing ? 'nothing, for comparison' : name,
    name === nothing ? '' : measured.gaveUp ? 'did not end' : spread(times),
    name === nothing ? '' : ratio(times, timesOf(all.get('cp + fsync'))),
    name === nothing ? '' : ratio(times, timesOf(all.get('sqlite3 .backup'))),
    outcomes.length === 0 ? '' : `${figure(median(loops.map(({ p99 }) => p99)))} ms`,
    outcomes.length === 0 ? '' : `${figure(median(loops.map(({ max }) => max)))} ms`,
    peak === 0 ? '' : `${figure(peak)} MiB`,
  ]
}

const timesOf = (measured: Measured | undefined) =>
  measured?.outcomes.flatMap(({ snapshotMs }) => snapshotMs ?? []) ?? []

function writerCells({ written }: Measured, all: All): readonly string[] {
  if (written.length === 0) return ['stood still', '', '']
  const pace = (some: readonly Written[]) => median(some.map(({ commits, ms }) => commits / ms))
  const share = pace(written) / pace(all.get(nothing)?.written ?? [])
  const worst = written.map((one) => one.worst)
  const busy = written.reduce((sum, one) => sum + one.busy, 0)
  return [`${(share * 100).toFixed(1)} %`, spread(worst), String(busy)]
}

/** Milliseconds of each round. */
interface Parts {
  readonly checks: readonly number[]
  readonly hashes: readonly number[]
  readonly ownHashes: readonly number[]
}

export function proofTable(size: number, all: All, { checks, hashes, ownHashes }: Parts): string {
  const ours = all.get('this plugin')?.outcomes.flatMap(({ proofMs }) => proofMs ?? []) ?? []
  return `### ${size} MiB, the proof\n\n${table(
    ['', 'time', 'ours, times that'],
    [
      ['this plugin: full check and SHA-256 side by side', spread(ours), ''],
      ['`sqlite3 FILE "pragma integrity_check"`', spread(checks), ratio(ours, checks)],
      ['this plugin: the SHA-256 by itself', spread(ownHashes), ''],
      ['`sha256sum FILE`', spread(hashes), ratio(ownHashes, hashes)],
    ],
  )}`
}
