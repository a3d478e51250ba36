import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupEngine } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'
import { type Doer, lonelyWorker } from './doer.ts'
import type { Scenario } from './scenarios.ts'
import { buildShim, changing, type Kind, Shim } from './shim/shim.ts'
import { makeFolder, makeTemplate, type Template } from './template.ts'

export interface Bench {
  readonly folder: string
  /** The compiled shim. */
  readonly library: string
  readonly template: Template
  readonly shim: Shim
  /** Its worker processes are under the shim. */
  readonly doer: Doer
  /** Nothing disturbs this one: it looks, cleans up and makes the next backup. */
  readonly healthy: BackupEngine
}

/** Everything that trials need. `close` ends all processes and removes all files. */
export async function openBench(
  startDoer: (environment: Readonly<Record<string, string>>) => Doer = lonelyWorker,
): Promise<Bench & { close(): Promise<void> }> {
  const folder = makeFolder()
  const healthy = createEngine({ sourceTimeoutMs: 400 })
  const library = buildShim(folder)
  const shim = new Shim(library, join(folder, 'control'))
  const doer = startDoer(shim.environment)
  return {
    folder,
    library,
    template: await makeTemplate(healthy, folder),
    shim,
    doer,
    healthy,
    async close() {
      await Promise.all([doer.close(), healthy.close()])
      shim.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** How many operations of these kinds the scenario takes when nothing is in its way. */
export async function countOperations(
  bench: Bench,
  scenario: Scenario,
  kinds: readonly Kind[] = changing,
): Promise<number> {
  const { vault, drop } = bench.template.copy()
  try {
    scenario.prepare?.(vault, bench.template.names)
    await bench.doer.run('outbox', { vault: { ...vault, folder: join(vault.root, 'nowhere') } })
    bench.shim.order({ below: vault.root, kinds })
    await bench.doer.run(scenario.operation, scenario.arguments(vault, bench.template.names))
    return bench.shim.count
  } finally {
    bench.shim.rest()
    drop()
  }
}
