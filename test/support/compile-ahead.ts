import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { archiveProgram } from '../../src/engine/archive-worker/program.ts'
import { limitedNodeOptions } from '../../src/engine/limited/start-limited.ts'
import { nodeOptions as ofWorkers } from '../../src/engine/worker/worker-process.ts'

const engine = new URL('../../src/engine/', import.meta.url)

/** What the engine's processes load, with the options that they are started with: V8 takes no code of others. */
const programs = [
  { nodeOptions: ofWorkers, files: ['worker/main.ts', 'proof/integrity-thread.ts'] },
  { nodeOptions: archiveProgram.nodeOptions, files: ['archive-worker/main.ts', 'proof/integrity-thread.ts'] },
  {
    nodeOptions: limitedNodeOptions,
    files: ['rescue/child/main.ts', 'proof/hostile/main.ts', 'restore/hostile/main.ts'],
  },
]

/** An environment in which Node takes what it has compiled before, types taken away, from that folder. */
export const compiledIn = (folder: string) => ({ NODE_COMPILE_CACHE: folder })

/**
 * Compiles the programs of the engine's processes. Node keeps what it has compiled only when it ends by itself, which a
 * process that is killed never does, and most of these are. It only saves time: what is wrong with sources that can't be
 * loaded, the tests that load them say.
 */
export async function compileAhead(folder: string): Promise<void> {
  await Promise.allSettled(programs.map((program) => compile(program, folder)))
}

function compile({ nodeOptions, files }: (typeof programs)[number], folder: string): Promise<unknown> {
  const addresses = files.map((file) => new URL(file, engine).href)
  const work = `Promise.all(${JSON.stringify(addresses)}.map((file) => import(file))).then(() => process.exit())`
  const compiling = promisify(execFile)(process.execPath, [...nodeOptions, '-e', work], {
    env: { ...process.env, ...compiledIn(folder) },
  })
  // One of them asks for its job.
  compiling.child.stdin?.end()
  return compiling
}
