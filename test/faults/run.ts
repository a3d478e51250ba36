/**
 * Runs every fault there is, which takes many minutes, and writes what came of it to `test-output/faults.json`, also
 * when a part fails or all is interrupted. Arguments name parts (`npm run test:faults -- power-cut`); without any, all
 * run. FAULTS_SEED chooses other random states, FAULTS_JOBS how many parts run at a time,
 * FAULTS_FOLDER where.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PartNumbers } from './part-report.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const output = fileURLToPath(new URL('../../test-output/', import.meta.url))
const partFolder = join(output, 'faults')
const reportFile = join(output, 'faults.json')
const ending = '.test.ts'
/** What is followed by looking at every promise: together they are the states that were tried. */
const situations = new Set([
  'trials',
  'replays',
  'changedSources',
  'restartedLogs',
  'clockJumps',
  'hangs',
  'races',
  'injections',
  'flippedSources',
  'flippedBackups',
])
const progressEveryMs = 60_000
const memory = '/dev/shm'
/** More than all parts ever have at a time. */
const roomBytes = 1024 ** 3

/** Those that take the longest, so that they begin first. */
const longest = [
  'power-cut',
  'faults-in-backups',
  'planted-faults',
  'kill-then-power-cut',
  'mid-run',
  'taken-back',
]

interface Part extends PartNumbers {
  readonly passed: boolean | null
  readonly seconds: number
}

const say = (line: string) => void process.stdout.write(`${line}\n`)

const startedAt = new Date()
const parts: Record<string, Part> = {}
const running = new Map<string, { readonly process: ChildProcess; readonly since: number }>()
const skipped: string[] = []
let interrupted = false

function chosenParts(): string[] {
  const all = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => basename(name, ending))
    .sort((a, b) => rank(a) - rank(b))
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !all.includes(name))
  if (unknown.length === 0) return wanted.length === 0 ? all : wanted
  console.error(`There is no part ${unknown.join(', ')}. The parts are: ${all.join(', ')}`)
  process.exit(2)
}

function rank(name: string): number {
  const index = longest.indexOf(name)
  return index < 0 ? longest.length : index
}

const unfinished: PartNumbers = { complete: false, notRun: null, counts: {}, found: [] }

function numbersOf(name: string): PartNumbers {
  try {
    return JSON.parse(readFileSync(join(partFolder, `${name}.json`), 'utf8'))
  } catch {
    return unfinished
  }
}

const secondsSince = (moment: number) => Math.round((performance.now() - moment) / 1000)

/** Ends with the part. A process group of its own, so that an interruption reaches it through this process only. */
async function run(name: string): Promise<void> {
  const since = performance.now()
  const log = openSync(join(partFolder, `${name}.log`), 'w')
  const vitest = spawn('vitest', ['run', '--retry', '0', `test/faults/${name}${ending}`], {
    stdio: ['ignore', log, log],
    env: { ...process.env, FAULTS: 'full', NO_COLOR: '1', TMPDIR: disk },
    detached: true,
  })
  closeSync(log)
  running.set(name, { process: vitest, since })
  const code = await new Promise((resolve) => {
    vitest.once('error', () => resolve(null))
    vitest.once('exit', resolve)
  })
  running.delete(name)
  const numbers = numbersOf(name)
  const passed = numbers.notRun !== null ? null : code === 0
  const complete = numbers.complete && !interrupted
  parts[name] = { ...numbers, complete, passed, seconds: secondsSince(since) }
  const verdict = numbers.notRun ?? (interrupted ? 'interrupted' : code === 0 ? 'passed' : 'FAILED')
  say(`${name}: ${verdict} after ${secondsSince(since)} s: ${text(numbers)}`)
  if (passed === false) say(`  see ${join(partFolder, `${name}.log`)}`)
  writeReport(false)
}

const text = ({ counts }: PartNumbers) =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')

function totals(): Record<string, number> {
  const total: Record<string, number> = { states: 0, violations: 0 }
  for (const { counts } of Object.values(parts)) {
    for (const [name, count] of Object.entries(counts)) {
      total[name] = (total[name] ?? 0) + count
      if (situations.has(name)) total.states = (total.states ?? 0) + count
    }
  }
  return total
}

/** Every part that was asked for has tried all that it has. */
function writeReport(ended: boolean): void {
  const report = {
    date: startedAt.toISOString(),
    commit: startedFrom,
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    seed: Number(process.env.FAULTS_SEED ?? 1),
    jobs,
    folder: dirname(disk),
    complete: ended && skipped.length === 0 && Object.values(parts).every(({ complete }) => complete),
    passed: ended && Object.values(parts).every(({ passed }) => passed === true),
    total: totals(),
    notRunYet: [...running.keys(), ...queue, ...skipped],
    parts,
  }
  writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`)
}

/** With a "+" when files differ from it; null outside a repository. */
function commit(): string | null {
  try {
    const git = (...call: string[]) => execFileSync('git', call, { cwd: folder, encoding: 'utf8' }).trim()
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+')
  } catch {
    return null
  }
}

function interrupt(): void {
  interrupted = true
  skipped.push(...queue.splice(0))
  for (const { process: part } of running.values()) {
    if (part.pid !== undefined) process.kill(-part.pid, 'SIGTERM')
  }
}

/**
 * In memory where there is room: what a power cut leaves is computed from what was synced, so waiting for a real disk
 * shows nothing more. The short run that belongs to `npm test` is on the disk.
 */
function fastFolder(): string {
  const chosen = process.env.FAULTS_FOLDER
  if (chosen !== undefined) return chosen
  try {
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize > roomBytes ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}

const startedFrom = commit()
/** Of their own, so that parts which are interrupted leave nothing. */
const disk = mkdtempSync(join(fastFolder(), 'backup-fault-run-'))
const jobs = Number(process.env.FAULTS_JOBS ?? Math.min(2, availableParallelism()))
const queue = chosenParts()
rmSync(partFolder, { recursive: true, force: true })
mkdirSync(partFolder, { recursive: true })
writeReport(false)
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)
const timer = setInterval(() => {
  for (const [name, { since }] of running) {
    say(`${name}: running for ${secondsSince(since)} s: ${text(numbersOf(name))}`)
  }
}, progressEveryMs)
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) await run(name)
  }),
)
clearInterval(timer)
rmSync(disk, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
writeReport(true)
const found = Object.entries(parts).flatMap(([name, part]) => part.found.map((one) => `${name}: ${one}`))
for (const one of found.slice(0, 50)) say(`VIOLATION ${one}`)
say(`In ${secondsSince(0)} s: ${text({ ...unfinished, counts: totals() })}`)
say(`The report is in ${reportFile}`)
process.exitCode = !interrupted && Object.values(parts).every(({ passed }) => passed !== false) ? 0 : 1
