import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** MiB of each database. */
  readonly sizes: readonly number[]
  /** How often every contender has its turn. */
  readonly rounds: number
  readonly tenants: number
  /** Where the databases lie; removed at the end. */
  readonly folder: string
  /** Milliseconds after which a contender counts as never ending. */
  readonly patienceMs: number
  /** Commits per second of the writer. */
  readonly rate: number
  /** Where the report goes; `-` for the terminal only. */
  readonly out: string
}

/** A short run: `npm run bench -- --sizes 50 --rounds 3 --tenants 100 --out -` */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      sizes: { type: 'string', default: '1024,50' },
      rounds: { type: 'string', default: '5' },
      tenants: { type: 'string', default: '1000' },
      folder: { type: 'string', default: 'test-output/bench' },
      patience: { type: 'string', default: '15' },
      rate: { type: 'string', default: '2000' },
      out: { type: 'string', default: 'docs/benchmarks.md' },
    },
  })
  return {
    sizes: values.sizes.split(',').filter(Boolean).map(Number),
    rounds: Number(values.rounds),
    tenants: Number(values.tenants),
    folder: values.folder,
    patienceMs: Number(values.patience) * 1000,
    rate: Number(values.rate),
    out: values.out,
  }
}
