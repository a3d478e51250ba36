import type { BackupEngine } from '../../src/engine/engine.ts'
import type { Arguments, OperationName } from '../../src/engine/worker/protocol.ts'
import { WorkerProcess } from '../../src/engine/worker/worker-process.ts'

/** What the harness asks an engine's worker process to do, by the names of the worker's operations. */
export interface Doer {
  run<Name extends OperationName>(name: Name, input: Arguments<Name>): Promise<unknown>
  close(): Promise<void>
}

const settings = { sourceTimeoutMs: 400, lockWaitMs: 300, changeWaitMs: 2_000, hostileMs: 60_000 }

/** A worker process without anybody behind it that would take back what it leaves: as if the host had died as well. */
export function lonelyWorker(
  environment: Readonly<Record<string, string>>,
  Process: typeof WorkerProcess = WorkerProcess,
): Doer {
  let worker: WorkerProcess | null = null
  const start = () => new Process({ settings, environment }, { onUnusable() {}, onIdle() {} })
  return {
    async run(name, input) {
      if (worker?.usable !== true) worker = start()
      return worker.call(name, input).answer
    },
    async close() {
      await worker?.end()
    },
  }
}

/** A whole engine: what a worker process leaves, another one takes back. */
export function engineDoer(engine: BackupEngine): Doer {
  const options = { signal: new AbortController().signal, onProgress() {} }
  const operations: { readonly [Name in OperationName]?: (input: Arguments<Name>) => Promise<unknown> } = {
    create: (request) => engine.create(request, options),
    verify: (request) => engine.verify(request, options),
    remove: ({ vault, name, operation }) => engine.remove(vault, name, operation),
    protect: ({ vault, name, change }) => engine.protect(vault, name, change),
    noteSchedule: ({ vault, note }) => engine.noteSchedule(vault, note),
    reconcile: ({ vault, now }) => engine.reconcile(vault, { now }),
    outbox: ({ vault }) => engine.outbox(vault),
    acknowledge: ({ vault, ids }) => engine.acknowledge(vault, ids),
  }
  return {
    async run(name, input) {
      const operation = operations[name]
      if (operation === undefined) throw new Error(`${name} is not for callers of an engine`)
      return operation(input)
    },
    close: () => engine.close(),
  }
}
