import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench.ts'
import { lonelyWorker } from './doer.ts'
import type { Edit } from './planted-faults.ts'
import { Shim } from './shim/shim.ts'

const source = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

let copies = 0

/** A bench whose engine is a copy of ours with some of its text replaced. */
export async function plant(
  bench: Bench,
  edits: readonly Edit[],
): Promise<Bench & { close(): Promise<void> }> {
  const folder = join(bench.folder, `planted-${++copies}`)
  mkdirSync(join(folder, 'src'), { recursive: true })
  cpSync(source('src/engine'), join(folder, 'src/engine'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  symlinkSync(source('node_modules'), join(folder, 'node_modules'))
  for (const edit of edits) apply(join(folder, 'src/engine', edit.file), edit)
  const load = (file: string) => import(/* @vite-ignore */ join(folder, 'src/engine', file))
  const { createEngine } = (await load(
    'worker-engine.ts',
  )) as typeof import('../../src/engine/worker-engine.ts')
  const { WorkerProcess } = (await load(
    'worker/worker-process.ts',
  )) as typeof import('../../src/engine/worker/worker-process.ts')
  const shim = new Shim(bench.library, join(folder, 'control'))
  const healthy = createEngine({ sourceTimeoutMs: 400, changeWaitMs: 200 })
  const doer = lonelyWorker(shim.environment, WorkerProcess)
  return {
    ...bench,
    folder,
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

/** The text must be there exactly once, or the fault no longer fits the engine. */
function apply(path: string, { from, to, file }: Edit): void {
  const text = readFileSync(path, 'utf8')
  const places = text.split(from).length - 1
  if (places !== 1) throw new Error(`${file} has ${places} places with: ${from}`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}
