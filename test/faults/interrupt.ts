import { readFileSync } from 'node:fs'
import type { Vault } from '../../src/engine/engine.ts'
import { until } from '../support/processes.ts'
import { type Bench, wake } from './bench.ts'
import type { Scenario } from './scenarios.ts'
import type { Kind } from './shim/shim.ts'

/** One file operation of a run. */
export interface Moment {
  readonly kinds: readonly Kind[]
  /** Counted from 1. */
  readonly target: number
}

const isStopped = (pid: number) => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** Does something while the worker stands still before that operation. Resolves to the run's error or null. */
export async function interrupt(
  bench: Bench,
  scenario: Scenario,
  { vault, kinds, target }: Moment & { readonly vault: Vault },
  change: () => void,
): Promise<unknown> {
  const { shim, doer, template } = bench
  await wake(doer, vault)
  shim.order({ below: vault.root, kinds, action: 'stop', target })
  let settled = false
  const ending = doer
    .run(scenario.operation, scenario.arguments(vault, template.names))
    .then(
      () => null,
      (error) => error,
    )
    .finally(() => {
      settled = true
    })
  await until(() => settled || (shim.fired > 0 && isStopped(shim.process)))
  change()
  if (!settled) process.kill(shim.process, 'SIGCONT')
  const error = await ending
  shim.rest()
  return error
}
