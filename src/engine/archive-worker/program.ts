import { extname } from 'node:path'
import { packingEnvironment, packingNodeOptions } from '../archives/packing-process.ts'
import type { WorkerProgram } from '../worker/worker-process.ts'

/** How the archive process is started. Unlike the tenants' workers it has work for a compiler and for all cores. */
export const archiveProgram: WorkerProgram = {
  entry: new URL(`./main${extname(import.meta.url)}`, import.meta.url),
  nodeOptions: packingNodeOptions,
  environment: packingEnvironment,
}
