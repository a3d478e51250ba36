import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeDatabase } from './databases.ts'
import type { Outcome } from './host.ts'
import type { BenchOptions } from './options.ts'
import { Peer, timed } from './processes.ts'
import { type Case, type Measured, proofTable, snapshotTable } from './snapshot-tables.ts'
import type { Written } from './steady-writer.ts'
import { ways } from './ways.ts'

const cases: readonly Case[] = ['idle', 'idle, cold', 'writer in another process', 'writer in the host']

/** Time to a synced file, side by side: every round runs every contender once, in turn. Says each part as it ends. */
export async function benchSnapshots(options: BenchOptions, say: (part: string) => void): Promise<void> {
  for (const size of options.sizes) {
    const source = join(resolve(options.folder), `live${size}.sqlite`)
    for (const load of cases) {
      makeDatabase(source, size)
      const measured = await benchCase(source, load, options)
      say(snapshotTable(size, load, options, measured))
      if (load === 'idle') say(await proofs(size, source, measured, options))
    }
    removeDatabase(source)
  }
}

async function benchCase(source: string, load: Case, options: BenchOptions): Promise<Map<string, Measured>> {
  const all = new Map(
    Object.keys(ways).map((name) => [name, { outcomes: [], written: [], gaveUp: false } as Measured]),
  )
  const writer =
    load === 'writer in another process' ? new Peer('writer', [source, String(options.rate)]) : null
  for (let round = 1; round <= options.rounds; round++) {
    for (const [way, measured] of all) {
      if (measured.gaveUp) continue
      process.stderr.write(`${source.replace(/.*\//, '')}, ${load}, round ${round}: ${way}\n`)
      await once(way, measured, { source, load, options, writer })
    }
  }
  await writer?.end()
  return all
}

interface Setting {
  readonly source: string
  readonly load: Case
  readonly options: BenchOptions
  readonly writer: Peer | null
}

async function once(way: string, measured: Measured, setting: Setting): Promise<void> {
  const { source, load, options, writer } = setting
  const { patienceMs } = options
  const target = `${source}.copy`
  const rate = load === 'writer in the host' ? options.rate : 0
  await timed('sync', [])
  if (load === 'idle, cold') await timed('dd', [`if=${source}`, 'iflag=nocache', 'count=0'])
  const host = new Peer('host')
  try {
    await writer?.ask({})
    // What works elsewhere is stopped by the host itself; ours goes on with its proof.
    const limit = ways[way]?.inHost ? patienceMs + 5_000 : patienceMs + 600_000
    const outcome = await host.ask<Outcome>({ way, source, target, patienceMs, rate }, limit)
    const written = outcome?.written ?? (await writer?.ask<Written>({}))
    if (written) measured.written.push(written)
    if (outcome !== null && outcome.snapshotMs !== null) measured.outcomes.push(outcome)
    else measured.gaveUp = true
  } finally {
    await host.end()
    removeDatabase(target)
    rmSync(join(resolve(options.folder), 'backups'), { recursive: true, force: true })
  }
}

/** What a proof consists of, by the usual tools and by ours, one after the other and as often as there were proofs. */
async function proofs(
  size: number,
  source: string,
  measured: ReadonlyMap<string, Measured>,
  options: BenchOptions,
): Promise<string> {
  const checks: number[] = []
  const hashes: number[] = []
  const ownHashes: number[] = []
  const hasher = new Peer('hasher')
  for (let round = 0; round < options.rounds; round++) {
    checks.push((await timed('sqlite3', [source, 'pragma integrity_check'])) ?? Number.NaN)
    ownHashes.push((await hasher.ask<{ ms: number }>({ path: source }))?.ms ?? Number.NaN)
    hashes.push((await timed('sha256sum', [source])) ?? Number.NaN)
  }
  await hasher.end()
  return proofTable(size, measured, { checks, hashes, ownHashes })
}

function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(path + end, { force: true })
}
