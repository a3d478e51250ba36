import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { type BenchOptions, readOptions } from './options.ts'
import { benchSnapshots } from './snapshots.ts'
import { benchTenants } from './tenants.ts'
import { benchZip } from './zip.ts'

const options = readOptions(process.argv.slice(2))
const report: string[] = []
mkdirSync(options.folder, { recursive: true })
try {
  say(introduction(options))
  if (options.only.includes('snapshots')) {
    say('## Snapshots')
    await benchSnapshots(options, say)
  }
  if (options.only.includes('tenants') && options.tenants > 0) {
    say('## Many tenants')
    await benchTenants(options, say)
  }
  if (options.only.includes('zip')) {
    say('## Archives')
    await benchZip(options, say)
  }
  if (options.out !== '-') writeFileSync(options.out, report.join('\n'))
} finally {
  rmSync(options.folder, { recursive: true, force: true })
}

function say(part: string): void {
  report.push(`${part}\n`)
  process.stdout.write(`${part}\n\n`)
}

function introduction({ rounds, patienceMs }: BenchOptions): string {
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`. Every round runs every contender once, in turn; medians, with the lowest and highest in',
    'brackets. Figures are for comparing the rows with each other, not with other machines. The time of this plugin is that',
    'of the snapshot, proof apart; commits, event loop and memory are those of the whole run with its proof. The event loop',
    'is that of the host process that has the copy made. Memory is that of the largest process that did the work.',
    'What was promised, what misses it and what was tried: [performance.md](performance.md).',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine}; ${rounds} rounds; what had not ended after ${patienceMs / 1000} s was stopped.`,
  ].join('\n')
}
