import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packingEnvironment, packingNodeOptions } from '../src/engine/archives/packing-process.ts'
import { figure, median, ratio, spread, table } from './figures.ts'
import type { BenchOptions } from './options.ts'
import type { PackOrder, PackOutcome } from './packer.ts'
import { watchChildren } from './peak-memory.ts'
import { Peer, timed } from './processes.ts'
import { makeTree } from './zip-tree.ts'

interface Measured {
  readonly ms: number
  readonly bytes: number
  readonly peakMiB: number
  readonly p99: number | null
}

interface Contender {
  readonly name: string
  /** Whom it is compared with. */
  readonly level: 1 | 6 | null
  run(root: string, archive: string): Promise<Measured>
}

const packers: readonly Contender[] = [
  ours(1),
  ours(6),
  program('zip -1', 1, (root, archive) => ['zip', '-qr', '-1', archive, root]),
  program('zip -6', 6, (root, archive) => ['zip', '-qr', '-6', archive, root]),
  program('7z -mx1', null, (root, archive) => ['7z', 'a', '-tzip', '-mx1', '-bso0', '-bsp0', archive, root]),
  program('7z -mx5', null, (root, archive) => ['7z', 'a', '-tzip', '-mx5', '-bso0', '-bsp0', archive, root]),
  byArchiver(1),
  byArchiver(6),
]

const unpackers: readonly Contender[] = [
  {
    name: 'this plugin',
    level: null,
    run: (root, archive) => inProcess({ work: 'unpack', root, archive, level: 0 }, archive, ourProcess),
  },
  program('unzip', null, (root, archive) => ['unzip', '-qq', archive, '-d', root]),
]

/** A tree of 10,000 files into an archive and out of it again, each contender in turn. */
export async function benchZip(options: BenchOptions, say: (part: string) => void): Promise<void> {
  const folder = resolve(options.folder, 'zip')
  const root = join(folder, 'tree')
  mkdirSync(folder, { recursive: true })
  try {
    const bytes = makeTree(root, options.zipMiB)
    await timed('sync', [])
    const packed = await rounds(packers, options, (contender) => packOnce(contender, root, folder))
    say(packTable(options, bytes, packed))
    const archive = join(folder, 'ours.zip')
    await ours(6).run(root, archive)
    const unpacked = await rounds(unpackers, options, (contender) => unpackOnce(contender, archive, folder))
    say(unpackTable(options, unpacked))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type All = ReadonlyMap<Contender, Measured[]>

async function rounds(
  contenders: readonly Contender[],
  options: BenchOptions,
  once: (contender: Contender) => Promise<Measured>,
): Promise<All> {
  const all = new Map<Contender, Measured[]>(contenders.map((contender) => [contender, []]))
  for (let round = 1; round <= options.rounds; round++) {
    for (const [contender, measured] of all) {
      process.stderr.write(`${options.zipMiB} MiB, round ${round}: ${contender.name}\n`)
      measured.push(await once(contender))
    }
  }
  return all
}

async function packOnce(contender: Contender, root: string, folder: string): Promise<Measured> {
  const archive = join(folder, 'packed.zip')
  try {
    return await contender.run(root, archive)
  } finally {
    rmSync(archive, { force: true })
    await timed('sync', [])
  }
}

async function unpackOnce(contender: Contender, archive: string, folder: string): Promise<Measured> {
  const target = join(folder, 'unpacked')
  mkdirSync(target)
  try {
    return await contender.run(target, archive)
  } finally {
    rmSync(target, { recursive: true })
    await timed('sync', [])
  }
}

interface ProcessOptions {
  readonly nodeOptions: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const ourProcess = { nodeOptions: packingNodeOptions, environment: packingEnvironment }

function ours(level: 1 | 6): Contender {
  return {
    name: `this plugin, level ${level}`,
    level,
    run: (root, archive) => inProcess({ work: 'pack', root, archive, level }, archive, ourProcess),
  }
}

function byArchiver(level: 1 | 6): Contender {
  return {
    name: `archiver, level ${level}`,
    level,
    run: (root, archive) =>
      inProcess({ work: 'archiver', root, archive, level }, archive, { nodeOptions: [], environment: {} }),
  }
}

/** The time is that of the work alone, and of a sync where the archive is not synced yet. */
async function inProcess(order: PackOrder, archive: string, options: ProcessOptions): Promise<Measured> {
  const peer = new Peer('packer', [], options)
  try {
    const outcome = await peer.ask<PackOutcome>(order)
    if (outcome === null) throw new Error(`${order.work} gave no answer`)
    const syncMs = (await timed('sync', [archive])) ?? 0
    const { ms, peakMiB, loop } = outcome
    return { ms: ms + syncMs, bytes: statSync(archive).size, peakMiB, p99: loop.p99 }
  } finally {
    await peer.end()
  }
}

function program(
  name: string,
  level: Contender['level'],
  command: (root: string, archive: string) => readonly string[],
): Contender {
  return {
    name: `\`${name}\``,
    level,
    async run(root, archive) {
      const [file = '', ...args] = command(root, archive)
      const memory = watchChildren()
      const ms = await timed(file, args)
      const peakMiB = memory.take()
      const syncMs = (await timed('sync', [archive])) ?? 0
      return { ms: (ms ?? Number.NaN) + syncMs, bytes: statSync(archive).size, peakMiB, p99: null }
    },
  }
}

function packTable({ zipMiB }: BenchOptions, bytes: number, all: All): string {
  const of = (name: string) => [...all].find(([contender]) => contender.name === name)?.[1] ?? []
  const times = (measured: readonly Measured[]) => measured.map(({ ms }) => ms / 1000)
  const rows = [...all].map(([{ name, level }, measured]) => {
    const [size, memory] = [
      median(measured.map((one) => one.bytes)),
      Math.max(...measured.map((one) => one.peakMiB)),
    ]
    const zip = of(`\`zip -${level}\``)
    const same = zip.length > 0 ? `${figure((100 * size) / median(zip.map((one) => one.bytes)))} %` : ''
    const p99 = measured.flatMap((one) => one.p99 ?? [])
    return [
      name,
      spread(times(measured), 's'),
      ratio(times(measured), times(zip)),
      ratio(times(measured), times(of(`archiver, level ${level}`))),
      `${(size / 2 ** 20).toFixed(1)} MiB (${figure((100 * size) / bytes)} %)`,
      same,
      `${figure(memory)} MiB`,
      p99.length > 0 ? `${figure(median(p99))} ms` : '',
    ]
  })
  const head = [
    '',
    'time to a synced file',
    '× zip',
    '× archiver',
    'size',
    'of zip',
    'peak memory',
    'event loop p99',
  ]
  return `### 10,000 files, ${zipMiB} MiB, into an archive\n\n${table(head, rows)}`
}

function unpackTable({ zipMiB }: BenchOptions, all: All): string {
  const unzip = [...all].find(([{ name }]) => name === '`unzip`')?.[1] ?? []
  const times = (measured: readonly Measured[]) => measured.map(({ ms }) => ms / 1000)
  const rows = [...all].map(([{ name }, measured]) => [
    name,
    spread(times(measured), 's'),
    ratio(times(measured), times(unzip)),
    `${figure(Math.max(...measured.map((one) => one.peakMiB)))} MiB`,
    measured[0]?.p99 ? `${figure(median(measured.flatMap((one) => one.p99 ?? [])))} ms` : '',
  ])
  const head = ['', 'time, not synced', '× unzip', 'peak memory', 'event loop p99']
  return `### Out of an archive of ${zipMiB} MiB\n\n${table(head, rows)}`
}
