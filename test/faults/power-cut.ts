import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Vault } from '../../src/engine/engine.ts'
import { type Bench, wake } from './bench.ts'
import { Disk } from './disk-model.ts'
import { randomFor } from './extent.ts'
import { type Before, judge, rememberAll } from './judge.ts'
import type { Scenario } from './scenarios.ts'
import { type Recorded, readLog } from './shim/log.ts'
import { changing } from './shim/shim.ts'
import { vaultAt } from './template.ts'

/** What was done to a tenant, one thing after the other, with everything that it wrote. */
interface Recording {
  readonly before: Before
  /** As it was before. */
  readonly disk: Disk
  readonly done: readonly Recorded[]
  /** How many operations had been done when each scenario was answered. */
  readonly answeredAt: readonly number[]
}

export interface CutResult {
  readonly states: number
  readonly violations: readonly string[]
}

export interface CutOptions {
  /** States that are tried after each operation; those that were seen before are passed over. */
  readonly timesEach: number
  /** After which of so many operations; all of them when it is left out. */
  readonly only?: (index: number, count: number) => boolean
  /** What was begun before, and killed at that operation. */
  readonly killed?: { readonly scenario: Scenario; readonly at: number }
  /** Comes after each state that was judged. */
  onState?(): void
  /** Whether one violation is enough. */
  readonly firstOnly?: boolean
}

/** All is lost, some of it, all is kept; then as it comes. */
const lucks = [0, 0.5, 1]

let logs = 0

async function record(
  bench: Bench,
  vault: Vault,
  rows: readonly Scenario[],
  killed: CutOptions['killed'],
): Promise<Recording> {
  const { shim, doer, healthy, template } = bench
  for (const scenario of begunIn(rows, killed)) scenario.prepare?.(vault, template.names)
  const before = await rememberAll(healthy, vault)
  const disk = new Disk(vault.root)
  const log = join(bench.folder, `recorded-${++logs}`)
  await wake(doer, vault)
  if (killed !== undefined) {
    shim.order({ below: vault.root, kinds: changing, action: 'kill', target: killed.at, log })
    const { operation, arguments: input } = killed.scenario
    // A run may need one operation less than it did when they were counted: then nothing is killed.
    await doer.run(operation, input(vault, template.names)).catch(() => {})
    await wake(doer, vault)
  }
  shim.order({ below: vault.root, kinds: changing, log })
  const answeredAt: number[] = []
  for (const scenario of rows) {
    await doer.run(scenario.operation, scenario.arguments(vault, template.names))
    answeredAt.push(readLog(log).length)
  }
  shim.rest()
  return { before, disk, done: readLog(log), answeredAt }
}

/** Cuts the power after every operation, so many times each, and judges what a start afterwards makes of it. */
export async function cutPower(
  bench: Bench,
  rows: readonly Scenario[],
  options: CutOptions,
): Promise<CutResult> {
  const { vault, drop } = bench.template.copy(rows[0]?.folder)
  try {
    const recording = await record(bench, vault, rows, options.killed)
    return await replay(bench, rows, recording, options)
  } finally {
    drop()
  }
}

async function replay(
  bench: Bench,
  rows: readonly Scenario[],
  { before, disk, done, answeredAt }: Recording,
  { timesEach, only = () => true, firstOnly = false, killed, onState }: CutOptions,
): Promise<CutResult> {
  const dice = randomFor(rows.map(({ title }) => title).join())
  const seen = new Set<string>()
  const violations: string[] = []
  for (let index = 0; index <= done.length; index++) {
    if (index > 0) disk.apply(done[index - 1]!)
    if (!only(index, done.length)) continue
    const answered = answeredAt.filter((at) => at <= index).length
    for (let time = 0; time < timesEach; time++) {
      const state = vaultAt(join(bench.folder, `state-${index}-${time}`), rows[0]?.folder)
      disk.crash(state.root, dice, lucks[time] ?? dice())
      const print = `${answered} ${fingerprint(state.root)}`
      if (!seen.has(print)) {
        seen.add(print)
        const wrong = await judge(bench, {
          vault: state,
          before,
          begun: begunIn(rows.slice(0, answered + 1), killed),
          done: rows.slice(0, answered),
          error: null,
          lost: true,
        })
        onState?.()
        violations.push(...wrong.map((text) => `after ${index} of ${done.length} operations: ${text}`))
      }
      rmSync(state.root, { recursive: true, force: true })
      if (firstOnly && violations.length > 0) return { states: seen.size, violations }
    }
  }
  return { states: seen.size, violations }
}

const begunIn = (rows: readonly Scenario[], killed: CutOptions['killed']) =>
  killed === undefined ? rows : [killed.scenario, ...rows]

function fingerprint(root: string): string {
  const hash = createHash('sha256')
  const visit = (path: string) => {
    hash.update(`${path.slice(root.length)}\0`)
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
    else hash.update(readFileSync(path))
  }
  visit(root)
  return hash.digest('hex')
}
