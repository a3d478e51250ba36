import { parseArgs } from 'node:util'

export const benches = ['snapshots', 'tenants', 'zip'] as const

export interface BenchOptions {
  /** Which are run. */
  readonly only: readonly string[]
  /** MiB of each database. */
  readonly sizes: readonly number[]
  /** How often every contender has its turn. */
  readonly rounds: number
  readonly tenants: number
  /** MiB of the tree that is packed. */
  readonly zipMiB: number
  /** Where the databases lie; removed at the end. */
  readonly folder: string
  /** Milliseconds after which a contender counts as never ending. */
  readonly patienceMs: number
  /** Commits per second of the writer. */
  readonly rate: number
  /** Where the report goes; `-` for the terminal only. */
  readonly out: string
}

/** A short run: `npm run bench -- --sizes 50 --rounds 3 --tenants 100 --zip-mib 90 --out -` */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', default: benches.join() },
      sizes: { type: 'string', default: '1024,50' },
      rounds: { type: 'string', default: '5' },
      tenants: { type: 'string', default: '1000' },
      'zip-mib': { type: 'string', default: '900' },
      folder: { type: 'string', default: 'test-output/bench' },
      patience: { type: 'string', default: '15' },
      rate: { type: 'string', default: '2000' },
      out: { type: 'string', default: 'docs/benchmarks.md' },
    },
  })
  return {
    only: values.only.split(',').map(known),
    sizes: values.sizes.split(',').filter(Boolean).map(Number),
    rounds: Number(values.rounds),
    tenants: Number(values.tenants),
    zipMiB: Number(values['zip-mib']),
    folder: values.folder,
    patienceMs: Number(values.patience) * 1000,
    rate: Number(values.rate),
    out: values.out,
  }
}

function known(name: string): string {
  if (!benches.some((one) => one === name)) throw new Error(`--only knows ${benches.join(', ')}, not ${name}`)
  return name
}
