import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupEngine, Vault } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'
import { type Doer, lonelyWorker } from './doer.ts'
import type { Scenario } from './scenarios.ts'
import { readLog } from './shim/log.ts'
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

/** Starts the doer's process without touching the vault, so that starting is not part of what is counted. */
export async function wake(doer: Doer, vault: Vault): Promise<void> {
  await doer.run('outbox', { vault: { ...vault, folder: join(vault.root, 'nowhere') } })
}

/** What the operations are that change something, by their numbers. */
export async function nameOperations(bench: Bench, scenario: Scenario): Promise<readonly string[]> {
  const log = join(bench.folder, `operations-${randomUUID()}`)
  const count = await countOperations(bench, scenario, changing, log)
  const names = Array.from({ length: count + 1 }, () => 'unknown')
  for (const { number, kind } of readLog(log)) names[number] = kind
  return names
}

/** How many operations of these kinds the scenario takes when nothing is in its way. */
export async function countOperations(
  bench: Bench,
  scenario: Scenario,
  kinds: readonly Kind[] = changing,
  log = '',
): Promise<number> {
  const { vault, drop } = bench.template.copy(scenario.folder)
  try {
    scenario.prepare?.(vault, bench.template.names)
    await wake(bench.doer, vault)
    bench.shim.order({ below: vault.root, kinds, log })
    await bench.doer.run(scenario.operation, scenario.arguments(vault, bench.template.names))
    return bench.shim.count
  } finally {
    bench.shim.rest()
    drop()
  }
}
