/**
 * Runs every fault there is, which takes many minutes, and writes what came of it to `test-output/faults.json`.
 * Arguments are handed on to vitest.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const output = fileURLToPath(new URL('../../test-output/', import.meta.url))
const parts = join(output, 'faults')

rmSync(parts, { recursive: true, force: true })
mkdirSync(parts, { recursive: true })
const startedAt = new Date()
const vitest = spawnSync('vitest', ['run', 'test/faults', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, FAULTS: 'full' },
})
const report = {
  startedAt: startedAt.toISOString(),
  seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
  seed: Number(process.env.FAULTS_SEED ?? 1),
  passed: vitest.status === 0,
  ...Object.fromEntries(
    readdirSync(parts).map((name) => [
      basename(name, '.json'),
      JSON.parse(readFileSync(join(parts, name), 'utf8')),
    ]),
  ),
}
const file = join(output, 'faults.json')
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
console.error(`The report is in ${file}`)
process.exitCode = vitest.status ?? 1
