import type { Vault } from '../../src/engine/engine.ts'
import type { BackupError } from '../../src/engine/errors.ts'
import { type Bench, wake } from './bench.ts'
import { type Fault, isNamed, judge, rememberAll } from './judge.ts'
import type { Scenario } from './scenarios.ts'
import type { Orders } from './shim/shim.ts'

export interface Outcome {
  /** Whether the run came as far as the operation that was to fail. */
  readonly reached: boolean
  readonly error: BackupError | null
  /** What was promised and is not so. */
  readonly violations: readonly string[]
}

/** Does it once with a fault in the middle, and tells what is not as promised afterwards. */
export async function tryFault(bench: Bench, scenario: Scenario, fault: Fault): Promise<Outcome> {
  const { vault, drop } = bench.template.copy(scenario.folder)
  try {
    scenario.prepare?.(vault, bench.template.names)
    const before = await rememberAll(bench.healthy, vault)
    const { error, reached } = await disturb(bench, scenario, vault, fault)
    const violations = await judge(bench, {
      vault,
      before,
      begun: [scenario],
      done: error === null ? [scenario] : [],
      error,
      fault,
      lost: fault.action === 'kill' || fault.action === 'tornKill',
    })
    return { reached, error: isNamed(error) ? error : null, violations }
  } finally {
    drop()
  }
}

async function disturb(
  { shim, doer, template }: Bench,
  scenario: Scenario,
  vault: Vault,
  fault: Fault,
): Promise<{ readonly error: unknown; readonly reached: boolean }> {
  const orders: Orders = { below: vault.root, ...fault }
  await wake(doer, vault)
  shim.order(orders)
  let error: unknown = null
  try {
    await doer.run(scenario.operation, scenario.arguments(vault, template.names))
  } catch (cause) {
    error = cause
  }
  const reached = shim.fired > 0
  shim.rest()
  return { error, reached }
}
