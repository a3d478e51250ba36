import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Vault } from '../../src/engine/engine.ts'
import { type Remembered, remember } from '../support/invariants.ts'
import type { Bench } from './bench.ts'
import { Disk } from './disk-model.ts'
import { randomFor } from './extent.ts'
import { judge } from './judge.ts'
import type { Scenario } from './scenarios.ts'
import { type Recorded, readLog } from './shim/log.ts'
import { changing } from './shim/shim.ts'
import { vaultAt } from './template.ts'

/** What was done to a tenant, one thing after the other, with everything that it wrote. */
interface Recording {
  readonly before: Remembered
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
  /** After which operations; all of them when it is left out. */
  readonly only?: (index: number) => boolean
  /** Whether one violation is enough. */
  readonly firstOnly?: boolean
}

let logs = 0

async function record(bench: Bench, vault: Vault, rows: readonly Scenario[]): Promise<Recording> {
  const { shim, doer, healthy, template } = bench
  for (const scenario of rows) scenario.prepare?.(vault, template.names)
  const before = await remember(healthy, vault)
  const disk = new Disk(vault.root)
  await doer.run('outbox', { vault: { ...vault, folder: join(vault.root, 'nowhere') } })
  const log = join(bench.folder, `recorded-${++logs}`)
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
  const { vault, drop } = bench.template.copy()
  try {
    const recording = await record(bench, vault, rows)
    return await replay(bench, rows, recording, options)
  } finally {
    drop()
  }
}

async function replay(
  bench: Bench,
  rows: readonly Scenario[],
  { before, disk, done, answeredAt }: Recording,
  { timesEach, only = () => true, firstOnly = false }: CutOptions,
): Promise<CutResult> {
  const dice = randomFor(rows.map(({ title }) => title).join())
  const seen = new Set<string>()
  const violations: string[] = []
  for (let index = 0; index <= done.length; index++) {
    if (index > 0) disk.apply(done[index - 1]!)
    if (!only(index)) continue
    const answered = answeredAt.filter((at) => at <= index).length
    for (let time = 0; time < timesEach; time++) {
      const state = vaultAt(join(bench.folder, `state-${index}-${time}`))
      disk.crash(state.root, dice)
      const print = `${answered} ${fingerprint(state.root)}`
      if (!seen.has(print)) {
        seen.add(print)
        const wrong = await judgeState(bench, rows, { vault: state, before, answered })
        violations.push(...wrong.map((text) => `after ${index} of ${done.length} operations: ${text}`))
      }
      rmSync(state.root, { recursive: true, force: true })
      if (firstOnly && violations.length > 0) return { states: seen.size, violations }
    }
  }
  return { states: seen.size, violations }
}

async function judgeState(
  bench: Bench,
  rows: readonly Scenario[],
  {
    vault,
    before,
    answered,
  }: { readonly vault: Vault; readonly before: Remembered; readonly answered: number },
): Promise<readonly string[]> {
  const begun = rows.slice(0, answered + 1)
  return judge(bench, {
    vault,
    before,
    begun,
    done: rows.slice(0, answered),
    error: null,
    lost: true,
  })
}

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
