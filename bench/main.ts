import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { readOptions } from './options.ts'
import { benchSnapshots } from './snapshots.ts'
import { benchWholeRuns } from './whole-runs.ts'

const options = readOptions(process.argv.slice(2))
mkdirSync(options.folder, { recursive: true })
try {
  const report = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`. Every round runs every contender once, in turn, in one run on one machine; medians, with',
    'the lowest and highest in brackets. Figures are for comparing the rows with each other, not with other machines.',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}, ${options.rounds} rounds; a contender that had not ended after ${options.patienceMs / 1000} s was stopped.`,
    '',
    '## Snapshots, proof apart',
    '',
    await benchSnapshots(options),
    '',
    '## Whole runs',
    '',
    await benchWholeRuns(options),
    '',
  ].join('\n')
  if (options.out) writeFileSync(options.out, report)
  process.stdout.write(`${report}\n`)
} finally {
  rmSync(options.folder, { recursive: true, force: true })
}
